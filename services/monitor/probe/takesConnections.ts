import { once } from 'node:events'
import { connect } from 'node:net'

/** No longer than a packet and its answer take: a lost one is sent again after a second. */
const connectMs = 500

/**
 * Does a process listen at the URL? The kernel takes connections for one that stands still, until its backlog
 * is full: after some minutes it looks as if nobody was there.
 */
export async function takesConnections(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectMs) })
    return true
  } catch {
    return false
  } finally {
    // What it fails with from now on is nobody's business.
    socket.on('error', () => {}).destroy()
  }
}
