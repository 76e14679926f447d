import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '@relevo/embedded'

/** A certificate of localhost with its key and who has signed it, as PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** Signs certificates for a test. */
export interface TestAuthority {
  readonly cert: string
  issue(): TestCertificate
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** An authority of its own, made by openssl. @param days how long it and what it signs are valid. */
export function testAuthority(days = 2): TestAuthority {
  const directory = temporaryDirectory()
  const path = (name: string) => join(directory, name)
  const make = (name: string, more: readonly string[]) => {
    const out = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`), '-days', String(days)]
    execFileSync('openssl', ['req', '-x509', ...newKey, '-subj', `/CN=${name}`, ...out, ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return { cert: readFileSync(path(`${name}.crt`), 'utf8'), key: readFileSync(path(`${name}.key`), 'utf8') }
  }
  const { cert } = make('authority', [])
  let made = 0
  return {
    cert,
    issue: () => {
      const signedBy = ['-CA', path('authority.crt'), '-CAkey', path('authority.key')]
      const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
      const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE']
      return { ...make(`leaf-${made++}`, [...signedBy, ...names, ...leaf]), ca: cert }
    },
  }
}

/** Puts a certificate where a service looks for it. @returns the variables that name the files. */
export function writeCertificate(
  directory: string,
  { cert, key, ca }: TestCertificate,
): Record<string, string> {
  const files = { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CA_FILE: ca }
  return Object.fromEntries(
    Object.entries(files).map(([variable, text]) => {
      const path = join(directory, `${variable}.pem`)
      writeFileSync(path, text)
      return [variable, path]
    }),
  )
}
