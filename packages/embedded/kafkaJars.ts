import { type Dependency, findJars, type JarSet } from './mavenJars.ts'

export const kafkaVersion = '4.3.1'
const log4jVersion = '2.25.4' // what Kafka 4.3.1 itself asks for; it leaves the binding to slf4j to its user

/** What Kafka's programs log by. */
export const kafkaLogging: readonly Dependency[] = [
  ['org.apache.logging.log4j', 'log4j-core', log4jVersion],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion],
]

const kafka: JarSet = {
  name: 'kafka',
  version: kafkaVersion,
  title: 'Kafka',
  megabytes: 45,
  dependencies: [['org.apache.kafka', 'kafka_2.13', kafkaVersion], ...kafkaLogging],
}

/** The folder with the jars of a Kafka broker; see findJars. */
export function findKafkaJars(onProgress: (message: string) => void): Promise<string> {
  return findJars(kafka, onProgress)
}
