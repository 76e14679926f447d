import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { EmbeddedError } from './embeddedError.ts'

// Below the range from which Linux and macOS draw the local ports of outgoing connections: a port found free
// here is not handed to somebody's connection before the server has bound it.
const lowest = 20_000
const highest = 26_000
/** The port this far above a free one is listened on for as long as the process lives: nobody else is given that one. */
const claimDistance = 6_000

/** Tells whether nobody listens on `port` of the loopback address (a port this user may not bind counts as taken). */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A free loopback port that no other process of this machine is given by this function while this one lives. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest)
    if ((await holdPort(port + claimDistance)) && (await isPortFree(port))) return port
  }
  throw new EmbeddedError(
    'port_taken',
    `No free port was found between ${lowest} and ${highest} in 100 tries.`,
  )
}

/** Listens on a port until the process ends. @returns false when somebody else does. */
export function holdPort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true)).unref()
  })
}

/** `wanted` when it is free, else throws `port_taken`; without `wanted`, a free port. */
export async function claimPort(wanted: number | undefined, purpose: string): Promise<number> {
  if (wanted === undefined) return freePort()
  if (await isPortFree(wanted)) return wanted
  throw new EmbeddedError('port_taken', `Port ${wanted}, wanted for ${purpose}, is taken by another process.`)
}
