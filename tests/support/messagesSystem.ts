import type { TestContext } from 'node:test'
import { messagesSystem as system } from '../../systems/messages.ts'
import { systemUnderTest } from './systemUnderTest.ts'

/** The system `messages` as its real processes, on a database and a Kafka of its own; ended with the test. */
export async function messagesSystem(t: TestContext, variables: Record<string, string> = {}) {
  const running = await systemUnderTest(t, system, variables)
  const { stopKafka, startKafka, serviceOf, poolOf } = running
  return {
    messages: serviceOf('messages'),
    processor: serviceOf('message-processor'),
    relay: serviceOf('relay-messages'),
    pool: poolOf('messages'),
    stopKafka,
    startKafka,
  }
}
