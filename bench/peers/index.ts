import { ceiling } from './ceiling.ts'
import type { Contestant } from './contestant.ts'
import { debezium } from './debezium.ts'
import { relevo } from './relevo.ts'
import { transactionalOutbox } from './transactionalOutbox.ts'

/** Those that carry events as they come, in the order in which they are shown. */
export const relays: readonly Contestant[] = [
  relevo('table'),
  relevo('wal'),
  debezium,
  transactionalOutbox('replication'),
  transactionalOutbox('polling'),
]

/** Whose sustained rates set the pace for all. */
export const pacemakers: ReadonlySet<string> = new Set(relays.slice(0, 3).map(({ name }) => name))

export { ceiling }
