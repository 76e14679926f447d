import { isIP } from 'node:net'
import { backoffMs } from '@relevo/backoff'
import type { BrokerAddress, KafkaConfig } from './config.ts'
import { KafkaError } from './kafkaError.ts'
import {
  AuthenticationError,
  Connection,
  type ConnectionOptions,
  ResponseError,
  TimeoutError,
} from './platformatic.ts'

export interface ConnectionTimeouts {
  readonly connectMs: number
  readonly requestMs: number
}

/**
 * One connection per broker, opened when first needed and reopened after it breaks. After an attempt that does not
 * reach the broker the client backs off: until then every request for it fails with the last error, so that many callers do not
 * all connect.
 */
export interface Connections {
  /** Errors: KafkaError `unreachable`, `timeout`, `unauthenticated` or, after `close`, `closed`. */
  to(broker: BrokerAddress): Promise<Connection>
  /** Breaks every connection at once: what is queued on them is never sent. */
  destroy(): void
  /** Destroys them for good: running work opens no new ones, which would keep the process alive. */
  close(): void
  /** Errors: KafkaError `closed`, after `close`. */
  checkOpen(): void
}

/** The defaults of Kafka's own clients (reconnect.backoff.ms, reconnect.backoff.max.ms). */
const reconnectBounds = { initialMs: 50, maxMs: 1_000 }

/** Failed attempts to connect to a broker since the last successful one. */
interface Failures {
  readonly count: number
  readonly last: unknown
  /** On the clock of `performance`. */
  readonly retryAt: number
}

/** Refused credentials are no reason to back off: the next attempt reads them again. */
function isAway(error: unknown): boolean {
  return error instanceof KafkaError && (error.code === 'unreachable' || error.code === 'timeout')
}

/** @param verify is asked about each connection before anything else goes over it; one that it rejects is broken. */
export function createConnections(
  config: KafkaConfig,
  timeouts: ConnectionTimeouts,
  verify: (connection: Connection, broker: BrokerAddress) => Promise<void> = async () => {},
): Connections {
  const opened = new Map<string, Promise<Connection>>()
  const live = new Set<Connection>()
  const failures = new Map<string, Failures>()
  let closed = false
  /** How often all connections were destroyed, so that attempts broken off by that do not count as failures. */
  let destroyed = 0

  function checkOpen(): void {
    if (closed) throw new KafkaError('closed', 'This client of Kafka is closed: create another')
  }

  async function to(broker: BrokerAddress): Promise<Connection> {
    checkOpen()
    const name = `${broker.host}:${broker.port}`
    const existing = opened.get(name)
    if (existing) return existing
    const failed = failures.get(name)
    if (failed && performance.now() < failed.retryAt) throw failed.last
    const connection = new Connection(config.clientId, connectionOptions(config, broker, timeouts))
    const forget = () => {
      live.delete(connection)
      if (opened.get(name) === opening) opened.delete(name)
    }
    connection.on('error', forget) // without a listener an 'error' event would end the process
    connection.on('close', forget)
    live.add(connection)
    const before = destroyed
    const opening = connect(connection, broker, verify)
    opened.set(name, opening)
    opening.then(
      () => failures.delete(name),
      (last) => {
        forget()
        if (before !== destroyed || !isAway(last)) return
        const count = (failures.get(name)?.count ?? 0) + 1
        failures.set(name, { count, last, retryAt: performance.now() + backoffMs(count, reconnectBounds) })
      },
    )
    return opening
  }

  function destroy(): void {
    destroyed += 1
    for (const connection of live) connection.socket?.destroy()
    live.clear()
    opened.clear()
    failures.clear()
  }

  function close(): void {
    closed = true
    destroy()
  }

  return { to, destroy, close, checkOpen }
}

async function connect(
  connection: Connection,
  broker: BrokerAddress,
  verify: (connection: Connection, broker: BrokerAddress) => Promise<void>,
): Promise<Connection> {
  try {
    await connection.connect(broker.host, broker.port)
    await verify(connection, broker)
    return connection
  } catch (error) {
    connection.socket?.destroy()
    throw errorOfClient(error, `Broker ${broker.host}:${broker.port} cannot be reached`)
  }
}

/** Translates the client's errors by class, and a broker's by number. */
export function errorOfClient(error: unknown, message: string): KafkaError {
  if (error instanceof KafkaError) return error
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof AuthenticationError) return new KafkaError('unauthenticated', message, { cause: error })
  }
  const code = error instanceof TimeoutError ? 'timeout' : 'unreachable'
  return new KafkaError(code, message, { cause: error })
}

/** Returns the answer to a request even if it contains errors, for which the client throws. Errors: KafkaError. */
export async function answerTo<T>(answer: Promise<T>, message: string): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ResponseError) return error.response as T
    throw errorOfClient(error, message)
  }
}

const saslMechanisms = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

function connectionOptions(
  config: KafkaConfig,
  broker: BrokerAddress,
  timeouts: ConnectionTimeouts,
): ConnectionOptions {
  const options: ConnectionOptions = {
    connectTimeout: timeouts.connectMs,
    requestTimeout: timeouts.requestMs,
  }
  if (config.tls) {
    options.tls = { ...config.tls }
    options.tlsServerName = isIP(broker.host) === 0 // RFC 6066: an address is no server name
  }
  if (config.sasl) {
    const { sasl } = config
    const password = () => sasl.password // also when the broker wants it again on the same connection
    options.sasl = { mechanism: saslMechanisms[sasl.mechanism], username: sasl.username, password }
  }
  return options
}
