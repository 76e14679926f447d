import { KafkaError, type OutgoingRecord, type Producer, type RecordError } from '@relevo/kafka'

/**
 * A producer for tests that rejects records for some topics as Kafka does if they have too few in-sync replicas, a state that a
 * single broker cannot reach; the others go to the real one.
 */
export function troubledProducer(real: Producer, isTroubled: (topic: string) => boolean): Producer {
  async function send(records: readonly OutgoingRecord[]): Promise<void> {
    const errors: RecordError[] = []
    for (const [index, { topic }] of records.entries()) {
      if (!isTroubled(topic)) continue
      const message = `Kafka refused records for topic ${topic}: error 19`
      errors.push({
        index,
        code: 'notEnoughReplicas',
        scope: 'partition',
        topic,
        partition: -1,
        brokerCode: 19,
        message,
      })
    }
    const taken = records.filter(({ topic }) => !isTroubled(topic))
    if (taken.length > 0) await real.send(taken)
    const [first] = errors
    if (first === undefined) return
    const { code, message, scope, topic } = first
    throw new KafkaError(code, message, { scope, topic, failed: errors.map(({ index }) => index), errors })
  }
  return {
    ...real,
    send: (records) => send(records),
    prepare: (records) => {
      const made = records()
      return () => send(made)
    },
  }
}

/** A producer for tests that forwards everything to one of several; `use` selects it. */
export function switchedProducer(first: Producer): { producer: Producer; use(other: Producer): void } {
  let current = first
  const producer: Producer = {
    ...first,
    clusterId: () => current.clusterId(),
    expectCluster: (id) => current.expectCluster(id),
    send: (records) => current.send(records),
    prepare: (records) => () => current.send(records()),
  }
  return {
    producer,
    use: (other) => {
      current = other
    },
  }
}
