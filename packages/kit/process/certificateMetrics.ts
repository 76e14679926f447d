import { readFileSync } from 'node:fs'
import { Gauge, type Registry } from 'prom-client'
import { certificatesIn, endOf } from './pem.ts'

/** PEM, or what reads it again: certificates are renewed in place. */
type PemSource = () => string

/**
 * Shows until when the certificates are good that the configuration names: those of PEM files, and of the parameters `sslcert` and
 * `sslrootcert` of Postgres URLs. Of a file with several, the first to expire counts. What cannot be read is not shown.
 */
export function measureCertificates(config: object, registry: Registry): void {
  const sources = new Map(Object.entries(config).flatMap(([name, value]) => sourcesOf(name, value)))
  new Gauge({
    name: 'relevo_certificate_expiry_timestamp_seconds',
    help: 'When the first certificate of a file expires, in seconds since 1970',
    labelNames: ['file'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [file, read] of sources) {
        const expiry = firstExpiry(read)
        if (expiry !== undefined) this.set({ file }, expiry)
      }
    },
  })
}

function sourcesOf(name: string, value: unknown): [file: string, read: PemSource][] {
  // A secret in a file is read like a PEM file, and is none: it has no certificate.
  if (typeof value === 'function') return [[name, value as PemSource]]
  if (typeof value !== 'string' || !/^postgres(ql)?:/.test(value)) return []
  const { searchParams } = new URL(value)
  return ['sslcert', 'sslrootcert'].flatMap((parameter): [string, PemSource][] => {
    const path = searchParams.get(parameter)
    return path === null ? [] : [[`${name} ${parameter}`, () => readFileSync(path, 'utf8')]]
  })
}

/** In seconds since 1970. */
function firstExpiry(read: PemSource): number | undefined {
  try {
    const times = certificatesIn(read()).map(endOf)
    return times.length === 0 ? undefined : Math.min(...times) / 1_000
  } catch {
    return undefined
  }
}
