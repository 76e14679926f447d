import kafkajs, {
  type Kafka,
  type KafkaConfig as KafkajsConfig,
  type LogEntry,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs'
import type { KafkaConfig, Logger } from './config.ts'
import { patchKafkajsDecoding } from './kafkajsDecoding.ts'
import { patchKafkajsTimers } from './kafkajsTimerPatch.ts'

const { logLevel } = kafkajs

/** How kafkajs repeats a request: for about 5 s. */
export const shortRetry = { initialRetryTime: 200, maxRetryTime: 5_000, retries: 5 }

/** A kafkajs client for the configuration, logging to its logger. */
export function createKafkajs(config: KafkaConfig, retry: RetryOptions = shortRetry): Kafka {
  patchKafkajsTimers()
  patchKafkajsDecoding()
  const options: KafkajsConfig = {
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: 3_000, // the default of 1 s fails on a busy machine
    retry,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => config.logger && log(config.logger, entry),
  }
  // The objects themselves: kafkajs reads them for each connection.
  if (config.tls) options.ssl = config.tls
  if (config.sasl) options.sasl = config.sasl as SASLOptions
  return new kafkajs.Kafka(options)
}

/** What tells of each attempt to connect, several a second while a broker is away: who asked learns of it by its error. */
const talkative: ReadonlySet<string> = new Set(['Connection', 'BrokerPool', 'Broker', 'Cluster'])

function log(logger: Logger, entry: LogEntry): void {
  const { message, timestamp: _time, logger: _name, ...details } = entry.log
  const facts = { component: 'kafkajs', namespace: entry.namespace, ...details }
  if (talkative.has(entry.namespace)) logger.debug(facts, message)
  else if (entry.level === logLevel.ERROR) logger.error(facts, message)
  else if (entry.level === logLevel.WARN) logger.warn(facts, message)
  else if (entry.level === logLevel.INFO) logger.info(facts, message)
  else logger.debug(facts, message)
}
