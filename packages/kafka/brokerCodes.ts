import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'
import { protocolErrorsCodesById } from './platformatic.ts'

/** Kafka's protocol error numbers that this package distinguishes (https://kafka.apache.org/protocol#protocol_error_codes). */
const codes: Readonly<Record<number, KafkaErrorCode>> = {
  3: 'unknownTopic',
  5: 'leaderUnavailable',
  6: 'leaderUnavailable',
  7: 'timeout',
  8: 'unreachable',
  9: 'leaderUnavailable',
  10: 'recordTooLarge',
  13: 'unreachable',
  14: 'leaderUnavailable',
  15: 'leaderUnavailable',
  16: 'leaderUnavailable',
  17: 'invalidTopic',
  18: 'recordTooLarge',
  19: 'notEnoughReplicas',
  20: 'notEnoughReplicas',
  22: 'groupInUse',
  25: 'groupInUse',
  29: 'unauthorizedTopic',
  31: 'unauthenticated',
  32: 'wrongTime',
  54: 'unauthenticated',
  56: 'leaderUnavailable',
  58: 'unauthenticated',
  68: 'groupInUse',
  74: 'leaderUnavailable',
  75: 'leaderUnavailable',
  78: 'leaderUnavailable',
  87: 'invalidRecord',
  100: 'unknownTopic',
  103: 'unknownTopic',
}

/** Kafka's number for a batch above the topic's `max.message.bytes`. */
export const messageTooLarge = 10

/** Translates Kafka's error number. */
export function codeOfBroker(brokerCode: number): KafkaErrorCode {
  return codes[brokerCode] ?? 'refused'
}

/** Whether the answer means that the partition is led by another broker than the one asked. */
export function isStaleLeader(brokerCode: number): boolean {
  return codes[brokerCode] === 'leaderUnavailable' || brokerCode === 3
}

/** Advice for errors that only a change of rights can fix. */
const advice: Readonly<Record<number, string>> = {
  29: 'grant the user of this process Describe on the topic, with Write to publish or Read to consume',
  30: 'grant the user of this process Read on the group',
  31: 'grant the user of this process the right on the cluster that this takes',
}

/** Throws for an answer's error number other than 0. Errors: KafkaError. */
export function check(brokerCode: number, message: string, topic?: string): void {
  if (brokerCode !== 0) throw errorOfBroker(brokerCode, message, topic)
}

export function errorOfBroker(brokerCode: number, message: string, topic?: string): KafkaError {
  const name = protocolErrorsCodesById[brokerCode] ?? 'an error of Kafka'
  const next = advice[brokerCode] ? `; ${advice[brokerCode]}` : ''
  const text = `${message}: ${name} (${brokerCode})${next}`
  return new KafkaError(codeOfBroker(brokerCode), text, { topic, brokerCode })
}
