import { readFileSync } from 'node:fs'
import { fetchServices, ServiceError, tlsReader } from '@relevo/kit'
import type { Command } from 'commander'
import { type Environment, exitCodes, type Session, UsageError } from './command.ts'
import { runningStart } from './runningStart.ts'

const answerMs = 10_000

/** A service whose endpoints a command calls. */
export interface ServicePlace {
  /** As the systems name it. */
  readonly service: string
  /** The variable that says where it is. */
  readonly variable: string
  readonly port: number
}

export interface UrlOptions {
  readonly url?: string
}

/** What a service says when it does not do what it is asked. */
export interface Problem {
  readonly title?: string
  readonly detail?: string
}

export interface Answer<Body> {
  readonly status: number
  readonly body: Body & Problem
}

export function withUrl(command: Command, { service }: ServicePlace): Command {
  return command.option('--url <url>', `where ${service} answers`)
}

/** For the help of a command. */
export function whereIs({ variable, port }: ServicePlace): string {
  return `The service is that of --url, of ${variable}, of the npm start that runs in this folder, or http://127.0.0.1:${port}.
From another machine it requires OPERATOR_TOKEN. If services require certificates, set TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE, and
TLS_SERVER_NAME if the service's certificate has another name than the URL.`
}

/** Presents the certificate that the variables name. @throws UsageError if only some files are named, or one cannot be read. */
function byCertificate(environment: Environment): ReturnType<typeof fetchServices> {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE, TLS_SERVER_NAME: servername } = environment
  const read = (file: string | undefined) => (file ? () => readFileSync(file, 'utf8') : undefined)
  try {
    const files = {
      tlsCertFile: read(TLS_CERT_FILE),
      tlsKeyFile: read(TLS_KEY_FILE),
      tlsCaFile: read(TLS_CA_FILE),
    }
    const current = tlsReader(files)?.()
    return fetchServices(current && { current }, servername ? { servername } : {})
  } catch (cause) {
    const { message } = cause as Error
    const isIncomplete = cause instanceof ServiceError
    throw new UsageError(isIncomplete ? message : `The certificate cannot be read: ${message}`, { cause })
  }
}

/** Calls an endpoint of a service. @throws UsageError for a wrong URL; Error when it does not answer within 10 s. */
export async function askService<Body>(
  { environment, signal }: Session,
  place: ServicePlace,
  { url, path, method = 'GET' }: UrlOptions & { readonly path: string; readonly method?: 'GET' | 'POST' },
): Promise<Answer<Body>> {
  const { service, variable, port } = place
  const known = url ?? environment[variable] ?? runningStart(environment)?.services?.[service]
  const base = known ?? `http://127.0.0.1:${port}`
  if (!URL.canParse(base)) throw new UsageError(`${base} is no URL: http://127.0.0.1:${port}`)
  const { OPERATOR_TOKEN: token } = environment
  const peers = byCertificate(environment)
  const bound = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  try {
    const response = await peers.fetch(new URL(path, base), { method, headers, signal: bound })
    return { status: response.status, body: (await response.json()) as Body & Problem }
  } catch (cause) {
    const place = `${base}${codeOf(cause as Error)}`
    throw new Error(`${service} does not answer at ${place}. Say where it does by --url.`, { cause })
  } finally {
    await peers.stop()
  }
}

/** The cause's code, for example ECONNREFUSED or ERR_TLS_CERT_ALTNAME_INVALID. */
function codeOf({ cause }: { readonly cause?: unknown }): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return code ? ` (${code})` : ''
}

/** Tells why the service has not done it. @returns the exit code. */
export function refused({ output }: Session, { detail, title }: Problem): number {
  output.err(detail ?? title ?? 'The service refuses.')
  return exitCodes.failed
}
