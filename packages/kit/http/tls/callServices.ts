import { createRequire } from 'node:module'
import type { buildConnector } from 'undici'
import type { Certificates, TlsTexts } from './certificates.ts'

interface Options {
  /** Bound on connecting, in milliseconds. */
  readonly timeout?: number
  /** The name in the servers' certificates, if it is not the host of the URL. */
  readonly servername?: string
}

/** To load it is a tenth of the start of a service, which those without certificates do without. */
function loadUndici(): typeof import('undici') {
  return createRequire(import.meta.url)('undici')
}

/** Makes connections that show the certificate there is when they are made; those that are there live on. */
export function connectorOf(
  certificates: Pick<Certificates, 'current'>,
  options: Options = {},
): buildConnector.connector {
  const { buildConnector } = loadUndici()
  let built: { readonly texts: TlsTexts; readonly connect: buildConnector.connector } | undefined
  return (target, callback) => {
    const texts = certificates.current
    if (built?.texts !== texts)
      built = { texts, connect: buildConnector({ ...options, ...texts, minVersion: 'TLSv1.3' }) }
    built.connect(target, callback)
  }
}

/** `fetch` for other services, and what ends its connections. Services that do not listen by TLS are asked as well. */
export function fetchServices(
  certificates: Pick<Certificates, 'current'> | undefined,
  options: Options = {},
): {
  readonly fetch: typeof globalThis.fetch
  readonly stop: () => Promise<void>
} {
  // Looked up at each call, so that a replacement takes effect here, too.
  if (certificates === undefined)
    return { fetch: (input, init) => globalThis.fetch(input, init), stop: async () => {} }
  const { Agent, fetch: fetchByAgent } = loadUndici()
  const dispatcher = new Agent({ connect: connectorOf(certificates, options) })
  const ask: typeof fetchByAgent = (input, init) => fetchByAgent(input, { ...init, dispatcher })
  // The same interface; the two differ in the types of their parts only.
  return { fetch: ask as unknown as typeof globalThis.fetch, stop: () => dispatcher.destroy() }
}
