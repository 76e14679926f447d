import { duration, int, pemFile } from '../../config/variable.ts'

/** Variables of services that know each other by certificates. */
export const tlsVariables = {
  tlsCertFile: pemFile('TLS_CERT_FILE', {
    optional: true,
    doc: 'The certificate that this service presents, reread when it changes; with it, clients of PORT have to present one, too',
  }),
  tlsKeyFile: pemFile('TLS_KEY_FILE', { optional: true, doc: 'The private key of that certificate' }),
  tlsCaFile: pemFile('TLS_CA_FILE', {
    optional: true,
    doc: "The CA of all services' certificates; two while one replaces the other",
  }),
  tlsReloadMs: duration('TLS_RELOAD_MS', {
    default: 5_000,
    min: 10,
    doc: 'How often these files are checked; unusable content changes nothing',
  }),
  probePort: int('PROBE_PORT', {
    default: 9080,
    max: 65_535,
    doc: 'With TLS_CERT_FILE: the port of /health, /ready, /serving and /metrics, without TLS, for clients without a certificate',
  }),
}
