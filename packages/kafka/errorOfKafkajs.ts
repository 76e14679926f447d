import kafkajs from 'kafkajs'
import { codeOfBroker } from './brokerCodes.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'

/** Translates an error of kafkajs by its class, or by Kafka's number when a broker answered. */
export function errorOfKafkajs(error: unknown, message: string): KafkaError {
  if (error instanceof KafkaError) return error
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const { code } = e as { code?: unknown }
    if (e instanceof kafkajs.KafkaJSProtocolError && typeof code === 'number') {
      return new KafkaError(codeOfBroker(code), message, { brokerCode: code, cause: error })
    }
    const known = codeOfClass(e)
    if (known) return new KafkaError(known, message, { cause: error })
  }
  return new KafkaError('failed', message, { cause: error })
}

function codeOfClass(error: Error): KafkaErrorCode | undefined {
  if (error instanceof kafkajs.KafkaJSSASLAuthenticationError) return 'unauthenticated'
  if (error instanceof kafkajs.KafkaJSRequestTimeoutError) return 'timeout'
  if (error instanceof kafkajs.KafkaJSConnectionError || error instanceof kafkajs.KafkaJSBrokerNotFound) {
    return 'unreachable'
  }
  return undefined
}

/** Will the client have more luck later? As kafkajs decides whether to start a consumer again that has crashed. */
export function isTransient(error: Error): boolean {
  if (error.name === 'KafkaJSNumberOfRetriesExceeded') return true
  let origin = error
  while (origin.cause instanceof Error) origin = origin.cause
  return (origin as { retriable?: unknown }).retriable === true
}
