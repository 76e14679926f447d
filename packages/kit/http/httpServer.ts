import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Certificates } from './tls/certificates.ts'

export interface HttpServer {
  readonly port: number
  /**
   * Lets the requests in flight finish, tells clients by their next answer that their connection closes, and after a
   * second closes the idle ones that are left: a request that arrives on a connection as that is closed gets no answer.
   */
  stop(): Promise<void>
}

/** What a client may cost. */
const defaults = {
  /** Bytes of a request's headers. */
  maxHeaderSize: 16_384,
  /** Both against clients that send a byte now and then to keep a connection busy. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often those two are looked at. */
  connectionsCheckingInterval: 5_000,
  /** Above the 60 s that gateways keep idle connections, so that it is they who close them. */
  keepAliveTimeout: 65_000,
  /** Connections at once; those beyond are closed at once. Each may hold some answers that it does not read. */
  maxConnections: 1_000,
  /** Requests that a connection sends before it has read the answers to those before; a browser sends one. */
  maxPipelined: 16,
  /** Bytes of answers that wait for a client to read them, when it already asks for more. */
  maxUnreadBytes: 1_048_576,
  /** A connection on which nothing moves while an answer is due or unread; longer than any answer takes. */
  stuckAfterMs: 60_000,
}

export type HttpBounds = typeof defaults

/** How long a client may take to show its certificate. */
const handshakeMs = 10_000

/** How long clients with an open connection get for a request more, in milliseconds. */
const lingerMs = 1_000

/** Where a server listens, and for whom. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
  /** It listens by TLS then, and answers those alone who show a certificate of the same authority. */
  readonly certificates?: Certificates | undefined
  /** Whether answers tell already, before `stop`, that their connection closes. */
  readonly isStopping?: () => boolean
}

/** Listens on the address; rejects when that cannot be had (EADDRINUSE, EACCES). The caller stops it. */
export async function startHttpServer(
  listener: RequestListener,
  { host, port, certificates, isStopping = () => false }: HttpAddress,
  bounds: Partial<HttpBounds> = {},
): Promise<HttpServer> {
  const { maxConnections, stuckAfterMs, maxPipelined, maxUnreadBytes, ...limits } = { ...defaults, ...bounds }
  const server = certificates ? createMutualServer(certificates, limits) : createServer(limits)
  server.maxConnections = maxConnections
  server.setTimeout(stuckAfterMs)
  const inFlight = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const pipelined = countPipelined({ maxPipelined, maxUnreadBytes })
  let stopping = false
  server.on('request', (request, response) => {
    inFlight.add(response)
    response.once('close', () => inFlight.delete(response))
    if (!pipelined.admit(request, response)) return
    if (stopping || isStopping()) response.setHeader('connection', 'close')
    listener(request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const stop = async () => {
    stopping = true
    // A connection kept alive after its last answer would hold the server open.
    for (const response of inFlight) if (!response.headersSent) response.setHeader('connection', 'close')
    await connectionsGone(server)
    // One that a browser has made ahead, and never used, is not idle to Node.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    await closed(server)
  }
  return { port: (server.address() as AddressInfo).port, stop }
}

/** Connections that are there live on when the certificate changes. */
function createMutualServer(certificates: Certificates, limits: ServerOptions): Server {
  const fixed = { minVersion: 'TLSv1.3' } as const
  const own = { ...fixed, requestCert: true, rejectUnauthorized: true, handshakeTimeout: handshakeMs }
  const server = createTlsServer({ ...limits, ...own, ...certificates.current })
  certificates.onChange((texts) => server.setSecureContext({ ...fixed, ...texts }))
  return server
}

/** Ends connections that ask for more and more without reading: their answers would pile up in memory. */
function countPipelined({
  maxPipelined,
  maxUnreadBytes,
}: Pick<HttpBounds, 'maxPipelined' | 'maxUnreadBytes'>) {
  const open = new WeakMap<Socket, number>()
  const add = (socket: Socket, by: 1 | -1): number => {
    const count = (open.get(socket) ?? 0) + by
    open.set(socket, count)
    return count
  }
  return {
    admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
      response.once('close', () => add(socket, -1))
      const isWithinBounds = add(socket, 1) <= maxPipelined && socket.writableLength <= maxUnreadBytes
      if (!isWithinBounds) socket.destroy()
      return isWithinBounds && !socket.destroyed
    },
  }
}

/** Waits until no client is connected, at most `lingerMs`. */
async function connectionsGone(server: Server): Promise<void> {
  const deadline = performance.now() + lingerMs
  const connections = promisify(server.getConnections.bind(server))
  while ((await connections()) > 0 && performance.now() < deadline) await delay(20)
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
