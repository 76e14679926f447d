import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HttpServer {
  readonly port: number
  /** Takes no more connections, lets the requests in flight finish, and closes. */
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
    await closed(server)
  }
  return { port: (server.address() as AddressInfo).port, stop }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
