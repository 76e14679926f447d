import { setTimeout as delay } from 'node:timers/promises'
import { Connection, listOffsetsV8 } from '@platformatic/kafka'

const lookEveryMs = 10
const latest = -1n

/** Counts the records of a topic by the ends of its partitions, which costs the broker next to nothing. `close` it. */
export class TopicProgress {
  readonly #connection: Connection
  readonly #topic: string
  readonly #partitions: number

  private constructor(connection: Connection, topic: string, partitions: number) {
    this.#connection = connection
    this.#topic = topic
    this.#partitions = partitions
  }

  /** @param broker the only one there is, as host:port. */
  static async open(broker: string, topic: string, partitions: number): Promise<TopicProgress> {
    const [host = '', port = ''] = broker.split(':')
    const connection = new Connection('bench-progress')
    await connection.connect(host, Number(port))
    return new TopicProgress(connection, topic, partitions)
  }

  async records(): Promise<number> {
    const partitions = Array.from({ length: this.#partitions }, (_, partitionIndex) => ({
      partitionIndex,
      currentLeaderEpoch: -1,
      timestamp: latest,
    }))
    const answer = await listOffsetsV8.api.async(this.#connection, -1, 0, [{ name: this.#topic, partitions }])
    return (answer.topics[0]?.partitions ?? []).reduce((sum, { offset }) => sum + Number(offset), 0)
  }

  /** Resolves, by looks every 10 ms, when there are at least `count` records: to how many. @param check is called at each look. */
  async until(count: number, check: () => void, signal: AbortSignal): Promise<number> {
    for (;;) {
      const records = await this.records()
      if (records >= count) return records
      check()
      await delay(lookEveryMs, undefined, { signal })
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
