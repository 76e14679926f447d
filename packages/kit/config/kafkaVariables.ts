import type { NeededServer } from '../process/serverWatch.ts'
import type { Environment, Values } from './loadConfig.ts'
import { addresses, bool, type FileText, oneOf, pemFile, secret, secretFile, string } from './variable.ts'

/** Variables of services that talk to Kafka; use them with {@link checkKafka} and {@link toKafkaConfig}. */
export function kafkaVariables(defaultClientId: string) {
  return {
    kafkaBrokers: addresses('KAFKA_BROKERS', { doc: 'host:port of the brokers to contact first' }),
    kafkaClientId: string('KAFKA_CLIENT_ID', {
      default: defaultClientId,
      doc: 'Name of this client at the brokers',
    }),
    kafkaTls: bool('KAFKA_TLS', {
      default: false,
      doc: 'Connect by TLS; a KAFKA_TLS_…_FILE turns it on as well',
    }),
    kafkaTlsCa: pemFile('KAFKA_TLS_CA_FILE', {
      optional: true,
      doc: "CA certificates to verify brokers; not set: the system's",
    }),
    kafkaTlsCert: pemFile('KAFKA_TLS_CERT_FILE', { optional: true, doc: 'The certificate of this client' }),
    kafkaTlsKey: pemFile('KAFKA_TLS_KEY_FILE', { optional: true, doc: 'The key to that certificate' }),
    kafkaSaslMechanism: oneOf('KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512'], {
      optional: true,
      doc: 'How to log in at the brokers; not set: no login',
    }),
    kafkaSaslUsername: string('KAFKA_SASL_USERNAME', { optional: true, doc: 'User at the brokers' }),
    kafkaSaslPassword: secret('KAFKA_SASL_PASSWORD', { optional: true, doc: 'Password at the brokers' }),
    kafkaSaslPasswordFile: secretFile('KAFKA_SASL_PASSWORD_FILE', {
      optional: true,
      doc: 'A file with that password instead, read for each connection: it may change',
    }),
  }
}

type KafkaValues = Values<ReturnType<typeof kafkaVariables>>

/** Finds Kafka settings that are incomplete or given twice. */
export function checkKafka(env: Environment): string[] {
  const [password, file] = ['KAFKA_SASL_PASSWORD', 'KAFKA_SASL_PASSWORD_FILE']
  const together = [
    ['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'],
    ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', env[file] ? file : password],
  ]
  const incomplete = together.flatMap((names) => {
    const missing = names.filter((name) => !env[name])
    if (missing.length === 0 || missing.length === names.length) return []
    return [`${missing.join(' and ')} must be set with ${names.filter((name) => env[name]).join(' and ')}`]
  })
  return env[password] && env[file] ? [...incomplete, `${password} must not be set with ${file}`] : incomplete
}

/** What the clients of @relevo/kafka are made with; what comes from files is read when it is asked for. */
export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

/** The Kafka settings that the variables say, which {@link checkKafka} has found to go together. */
export function toKafkaConfig(values: KafkaValues): KafkaSettings {
  const { kafkaTls, kafkaTlsCa: ca, kafkaTlsCert: cert, kafkaTlsKey: key } = values
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword } = values
  const password = values.kafkaSaslPasswordFile ?? (kafkaSaslPassword && (() => kafkaSaslPassword))
  return {
    brokers: values.kafkaBrokers,
    clientId: values.kafkaClientId,
    ...((kafkaTls || ca || cert) && { tls: tlsOf({ ca, cert, key }) }),
    ...(mechanism && username && password && { sasl: saslOf(mechanism, username, password) }),
  }
}

/** The Kafka of these variables, to be watched. `ask` rejects with the errors of a client that was made with them. */
export function kafkaServer(
  { kafkaBrokers, kafkaSaslUsername: user }: KafkaValues,
  ask: () => Promise<unknown>,
): NeededServer {
  return {
    name: 'kafka',
    hinders: 'work',
    label: `Kafka at ${kafkaBrokers.join(', ')}${user ? ` as ${user}` : ''}`,
    variables: {
      address: 'KAFKA_BROKERS',
      credentials: 'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or the file of KAFKA_SASL_PASSWORD_FILE',
    },
    ask,
    isRefused: isRefusedByKafka,
  }
}

/** Does this KafkaError, or each of several, mean that the brokers refuse the credentials? */
export function isRefusedByKafka(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefusedByKafka)
  return error instanceof Error && 'code' in error && error.code === 'unauthenticated'
}

type Sasl = NonNullable<KafkaSettings['sasl']>

function saslOf(mechanism: Sasl['mechanism'], username: string, password: FileText): Sasl {
  return {
    mechanism,
    username,
    get password() {
      return password()
    },
  }
}

function tlsOf(files: Readonly<Record<'ca' | 'cert' | 'key', FileText | undefined>>) {
  const given = Object.entries(files).flatMap(([name, get]) =>
    get ? [[name, { get, enumerable: true }]] : [],
  )
  return Object.defineProperties({}, Object.fromEntries(given))
}
