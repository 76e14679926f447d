import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface HttpServer {
  readonly port: number
  /**
   * Lets the requests in flight finish, tells clients by their next answer that their connection closes, and after a
   * second closes the idle ones that are left: a request that arrives on a connection as that is closed gets no answer.
   */
  stop(): Promise<void>
}

const limits = {
  maxHeaderSize: 16_384,
  /** Both against clients that send a byte now and then to keep a connection busy. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  /** Above the 60 s that gateways keep idle connections, so that it is they who close them. */
  keepAliveTimeout: 65_000,
}

/** How long clients with an open connection get for a request more, in milliseconds. */
const lingerMs = 1_000

/** Listens on the address; rejects when that cannot be had (EADDRINUSE, EACCES). The caller stops it. */
export async function startHttpServer(
  listener: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<HttpServer> {
  const server = createServer(limits)
  const inFlight = new Set<ServerResponse>()
  let stopping = false
  server.on('request', (request, response) => {
    inFlight.add(response)
    response.once('close', () => inFlight.delete(response))
    if (stopping) response.setHeader('connection', 'close')
    listener(request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const stop = async () => {
    stopping = true
    // A connection kept alive after its last answer would hold the server open.
    for (const response of inFlight) if (!response.headersSent) response.setHeader('connection', 'close')
    await connectionsGone(server)
    await closed(server)
  }
  return { port: (server.address() as AddressInfo).port, stop }
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
