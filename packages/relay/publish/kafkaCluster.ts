import { setTimeout as delay } from 'node:timers/promises'
import { KafkaError, type Producer } from '@relevo/kafka'
import { RelayError } from '../relayError.ts'
import { claimKafkaCluster } from '../sql/readSetting.ts'
import type { SqlClient } from '../sqlClient.ts'

/** How long a session's start waits for Kafka's cluster id; the first send asks again. */
const beginMs = 1_000

/**
 * Ties an outbox to one Kafka cluster. The first relay that reaches a cluster stores its id; from then on the
 * producer sends nothing to brokers of another.
 */
export class KafkaCluster {
  readonly #producer: Producer
  readonly #client: SqlClient
  /** The id that is stored. */
  #stored: string | undefined
  #isExpected = false

  constructor(producer: Producer, client: SqlClient) {
    this.#producer = producer
    this.#client = client
  }

  /**
   * Compares the cluster with the stored one, if Kafka answers soon.
   * @throws RelayError `foreignKafka` when it is another.
   */
  async begin(stored: string | null): Promise<void> {
    if (stored !== null) this.#expect(stored)
    const answered = this.ensure().then(
      () => undefined,
      (error: unknown) => error,
    )
    const waiting = new AbortController()
    const error = await Promise.race([
      answered,
      delay(beginMs, undefined, { signal: waiting.signal }).catch(() => {}),
    ])
    waiting.abort()
    this.assertOwn(error)
    // An error of Kafka's client here recurs when an event is sent, and is reported then.
    if (error !== undefined && !(error instanceof KafkaError)) throw error
  }

  /** To be called before anything is sent. Errors: KafkaError while Kafka cannot be asked, and `otherCluster`; pg's. */
  async ensure(): Promise<void> {
    if (this.#isExpected) return
    const found = await this.#producer.clusterId()
    if (found !== '') {
      this.#expect(this.#stored ?? (await claimKafkaCluster(this.#client, found)))
      // Of two relays on new clusters one was first: the other finds out when it reconnects.
      if (found !== this.#stored) await this.#producer.clusterId()
    }
    this.#isExpected = true
  }

  /** @throws RelayError `foreignKafka` if the error is that the brokers belong to another cluster. */
  assertOwn(error: unknown): void {
    if (!(error instanceof KafkaError) || error.code !== 'otherCluster') return
    this.#isExpected = false
    throw new RelayError(
      'foreignKafka',
      `This outbox goes to the Kafka cluster ${this.#stored}, and this relay's brokers are of another: ${error.message}. ` +
        'Set KAFKA_BROKERS to the right one. To move the outbox to another cluster, stop its relays and run ' +
        '`relevo rebase --kafka <cluster id>`.',
      { cause: error },
    )
  }

  #expect(stored: string): void {
    this.#stored = stored
    this.#producer.expectCluster(stored)
  }
}
