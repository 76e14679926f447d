import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { Counter, type Registry } from 'prom-client'
import type { Logger } from './logger.ts'

/** Linux sends a SYN again after 1 s. */
const resentMs = 900
const mostNamed = 10

/** What a process has done since its start. */
export interface Work {
  /** That epoll has reported. */
  readonly events: number
  readonly cpuMs: number
  readonly atMs: number
}

/**
 * Closes connections that keep this process busy with nothing, for as long as it lives.
 *
 * kube-proxy answers a SYN to a Service without endpoints with ICMP "port unreachable". When that arrives while
 * connect() holds the socket, Linux only queues it (`tcp_v4_err`, in SYN_SENT) and sends the SYN again after 1 s.
 * libuv sees the error if it looks before that SYN is answered; a process that is too busy for that second sees a
 * connection that is established. From then on epoll reports the queued error for as long as the connection lives,
 * level-triggered, while libuv reads data, of which there is none, and never that queue: the event loop turns
 * without a pause, and a pod with nothing to do took 60 % of a core. Node.js can neither read the queue nor tell
 * which socket it is of, only that its connection took as long as a second SYN. Those are the suspects, and are
 * closed when the loop spins.
 */
export function guardAgainstSpinning(
  { logger, registry }: { readonly logger: Logger; readonly registry: Registry },
  everyMs = 5_000,
): void {
  const closed = new Counter({
    name: 'relevo_spinning_connections_closed_total',
    help: 'Connections closed as the event loop spun: one of them held a network error that Node.js cannot read',
    registers: [registry],
  })
  const suspects = new Set<Socket>()
  let before = workSoFar()
  let timer: NodeJS.Timeout | undefined

  const look = () => {
    const now = workSoFar()
    const spins = isSpinning(before, now)
    before = now
    if (!spins) return
    const addresses = [...suspects].map(({ remoteAddress, remotePort }) => `${remoteAddress}:${remotePort}`)
    logger.warn(
      { connections: suspects.size, addresses: addresses.slice(0, mostNamed) },
      'the event loop spins: closed connections that were slow to open, as one may hold a network error that Node.js cannot read',
    )
    closed.inc(suspects.size)
    for (const socket of suspects) breakOff(socket)
  }

  onSlowConnect((socket) => {
    suspects.add(socket)
    socket.once('close', () => {
      suspects.delete(socket)
      if (suspects.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
    if (timer) return
    before = workSoFar()
    timer = setInterval(look, everyMs).unref()
  })
}

/**
 * Does epoll report events that nobody handles? Each such event took 3 µs of CPU, and 1 µs where 20 connections
 * spun; one that is handled takes 14 µs at the least, in a TCP server that drops or echoes a byte.
 */
export function isSpinning(before: Work, now: Work): boolean {
  const events = now.events - before.events
  return events > 2 * (now.atMs - before.atMs) && now.cpuMs - before.cpuMs < 0.006 * events
}

/** What this process has done until now. */
export function workSoFar(): Work {
  const { user, system } = process.cpuUsage()
  const { events } = performance.nodeTiming.uvMetricsInfo
  return { events, cpuMs: (user + system) / 1_000, atMs: performance.now() }
}

/** Tells of each connection that a second SYN may have established, or that this process was too busy to notice sooner. */
function onSlowConnect(tell: (socket: Socket) => void): void {
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket }
    let sentAt = performance.now()
    // When the name has been looked up, and for each of its addresses.
    socket.on('connectionAttempt', () => {
      sentAt = performance.now()
    })
    socket.once('connect', () => performance.now() - sentAt >= resentMs && tell(socket))
  })
}

/** To its client it is reset by the peer: every client handles that, and repeats what is safe to repeat. */
function breakOff(socket: Socket): void {
  const error = new Error(
    'this process closed the connection, as a network error queued on it may keep the event loop busy',
  )
  socket.destroy(Object.assign(error, { code: 'ECONNRESET' }))
}
