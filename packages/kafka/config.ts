/** The package's logger: pino's interface, object first. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** How to reach a Kafka cluster; the same for producer, consumer and admin. */
export interface KafkaConfig {
  /** `host:port` of the brokers asked first. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** PEM texts, read for each connection; an empty object means TLS with the system's CAs. */
  readonly tls?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
  }
  /** Read for each connection, so a getter may return a changed password. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  readonly logger?: Logger
}

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** Splits `host:port` (also `[v6]:port`); the port is 9092 when absent. */
export function parseBroker(broker: string): BrokerAddress {
  const match = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(broker)
  return { host: match?.[1] || broker, port: Number(match?.[2] ?? 9092) }
}
