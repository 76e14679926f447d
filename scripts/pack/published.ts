/** A package that is published. */
export interface Published {
  /** Folder under `packages/`. */
  readonly folder: string
  readonly description: string
  /** The least version of Node.js. */
  readonly node: string
}

/** What runs wherever TypeScript's output does, and what needs what the Kafka client needs. */
const anyNode = '>=20.11'
const kafkaNode = '>=22.22'

/** Its name at the registry. */
export function nameOf(folder: string): string {
  return folder === 'create-relevo' ? folder : `@relevo/${folder}`
}

/** In the order in which they use each other. */
export const published: readonly Published[] = [
  { folder: 'backoff', node: anyNode, description: 'Pauses, work loops and waiters of the Relevo packages' },
  { folder: 'origin', node: anyNode, description: 'What an event follows from, for the Relevo packages' },
  {
    folder: 'cursor',
    node: anyNode,
    description: 'Snapshot-window cursors over append-only tables of Postgres',
  },
  {
    folder: 'contracts',
    node: anyNode,
    description: 'Events and topics by contract, with JSON Schema and AsyncAPI',
  },
  {
    folder: 'kafka',
    node: kafkaNode,
    description: 'A narrow port over the Kafka protocol: producer, consumer, admin',
  },
  {
    folder: 'outbox',
    node: anyNode,
    description: 'Records events in the Postgres transaction of the change they tell of',
  },
  { folder: 'inbox', node: kafkaNode, description: 'Consumes Kafka events so that each takes effect once' },
  {
    folder: 'relay',
    node: kafkaNode,
    description: 'Carries the events of a Postgres outbox to Kafka, in order per key',
  },
  {
    folder: 'event-store',
    node: anyNode,
    description: 'Event-sourced streams in Postgres, with projections and an outbox',
  },
  { folder: 'saga', node: kafkaNode, description: 'Durable sagas on a transactional outbox and inbox' },
  { folder: 'ledger', node: kafkaNode, description: 'Proves a run: nothing lost, doubled or reordered' },
  { folder: 'kit', node: kafkaNode, description: 'What a service on the Relevo packages is made of' },
  {
    folder: 'cli',
    node: kafkaNode,
    description: 'The command relevo: init, migrate, status, dead letters, quarantine, sagas',
  },
  { folder: 'create-relevo', node: kafkaNode, description: 'Makes a service with a transactional outbox' },
  {
    folder: 'embedded',
    node: kafkaNode,
    description: 'A real Postgres, Kafka and Valkey on this machine, for development and tests',
  },
]
