import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { EmbeddedError } from './embeddedError.ts'

// Below the range from which Linux and macOS draw the local ports of outgoing connections: a port found free
// here is not handed to somebody's connection before the server has bound it.
const lowest = 20_000
const highest = 32_000

/** Tells whether nobody listens on `port` of the loopback address (a port this user may not bind counts as taken). */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A loopback port that was free when asked. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest)
    if (await isPortFree(port)) return port
  }
  throw new EmbeddedError(
    'port_taken',
    `No free port was found between ${lowest} and ${highest} in 100 tries.`,
  )
}

/** `wanted` when it is free, else throws `port_taken`; without `wanted`, a free port. */
export async function claimPort(wanted: number | undefined, purpose: string): Promise<number> {
  if (wanted === undefined) return freePort()
  if (await isPortFree(wanted)) return wanted
  throw new EmbeddedError('port_taken', `Port ${wanted}, wanted for ${purpose}, is taken by another process.`)
}
