import type { Environment, Values } from './loadConfig.ts'
import { bool, list, oneOf, pemFile, secret, string } from './variable.ts'

/** Variables of services that talk to Kafka; use them with {@link checkKafka} and {@link toKafkaConfig}. */
export function kafkaVariables(defaultClientId: string) {
  return {
    kafkaBrokers: list('KAFKA_BROKERS', { doc: 'host:port of the brokers asked first' }),
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
      doc: 'The authorities that brokers are trusted by; not set: those of the system',
    }),
    kafkaTlsCert: pemFile('KAFKA_TLS_CERT_FILE', { optional: true, doc: 'The certificate of this client' }),
    kafkaTlsKey: pemFile('KAFKA_TLS_KEY_FILE', { optional: true, doc: 'The key to that certificate' }),
    kafkaSaslMechanism: oneOf('KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512'], {
      optional: true,
      doc: 'How to log in at the brokers; not set: no login',
    }),
    kafkaSaslUsername: string('KAFKA_SASL_USERNAME', { optional: true, doc: 'User at the brokers' }),
    kafkaSaslPassword: secret('KAFKA_SASL_PASSWORD', { optional: true, doc: 'Password at the brokers' }),
  }
}

type KafkaValues = Values<ReturnType<typeof kafkaVariables>>

const together = [
  ['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'],
  ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
]

/** Finds Kafka settings of which a part is missing. */
export function checkKafka(env: Environment): string[] {
  return together.flatMap((names) => {
    const missing = names.filter((name) => !env[name])
    if (missing.length === 0 || missing.length === names.length) return []
    return [`${missing.join(' and ')} must be set with ${names.filter((name) => env[name]).join(' and ')}`]
  })
}

/** What the clients of @relevo/kafka are made with. */
export interface KafkaSettings {
  brokers: readonly string[]
  clientId: string
  tls?: { ca?: string; cert?: string; key?: string }
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
}

/** The Kafka settings that the variables say, which {@link checkKafka} has found to go together. */
export function toKafkaConfig(values: KafkaValues): KafkaSettings {
  const { kafkaTls, kafkaTlsCa: ca, kafkaTlsCert: cert, kafkaTlsKey: key } = values
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username, kafkaSaslPassword: password } = values
  return {
    brokers: values.kafkaBrokers,
    clientId: values.kafkaClientId,
    ...((kafkaTls || ca || cert) && {
      tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    }),
    ...(mechanism && username && password && { sasl: { mechanism, username, password } }),
  }
}
