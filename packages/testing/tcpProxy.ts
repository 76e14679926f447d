import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What stands between a client and a server in a test. */
export interface TcpProxy {
  readonly port: number
  /** Breaks the connections; new ones are made again. */
  cut(): void
  /** Passes nothing on until `release`; connections stay open, and new ones are taken. */
  hold(): void
  release(): void
  close(): void
}

/** Starts a proxy on the loopback address; `target` may be known later. The caller closes it. */
export async function tcpProxy(target: () => number): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let held = false
  const server = createServer((client) => {
    const upstream = connect(target(), '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
      if (held) one.pause()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port,
    cut,
    hold: () => {
      held = true
      for (const socket of open) socket.pause()
    },
    release: () => {
      held = false
      for (const socket of open) socket.resume()
    },
    close: () => {
      server.close()
      cut()
    },
  }
}
