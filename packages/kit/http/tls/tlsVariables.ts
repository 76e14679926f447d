import { duration, int, pemFile } from '../../config/variable.ts'

/** Variables of services that know each other by certificates. */
export const tlsVariables = {
  tlsCertFile: pemFile('TLS_CERT_FILE', {
    optional: true,
    doc: 'The certificate that this service shows to others, read again when it changes; with it, PORT is for those who show one',
  }),
  tlsKeyFile: pemFile('TLS_KEY_FILE', { optional: true, doc: 'The private key of that certificate' }),
  tlsCaFile: pemFile('TLS_CA_FILE', {
    optional: true,
    doc: 'Who signs the certificates of all services; two while one takes the place of the other',
  }),
  tlsReloadMs: duration('TLS_RELOAD_MS', {
    default: 5_000,
    min: 10,
    doc: 'How often these files are looked at; what cannot be used in them changes nothing',
  }),
  probePort: int('PROBE_PORT', {
    default: 9080,
    max: 65_535,
    doc: 'With TLS_CERT_FILE: where /health, /ready, /serving and /metrics are, without TLS, for those who have no certificate',
  }),
}
