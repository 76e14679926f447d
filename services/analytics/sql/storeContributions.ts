import type { SqlClient } from '@relevo/kit'
import type { Contribution } from '../domain/contribution.ts'

const facts = [
  'stream',
  'type',
  'order_id',
  'order_type',
  'amount_minor',
  'stated_at',
  'product_id',
  'sku',
  'stock',
  'reserved',
  'min_stock',
  'outbox_id',
] as const
const columns = ['event_id', 'source', 'topic', 'partition', 'kafka_offset', 'at', 'clamped', ...facts].join(
  ', ',
)
const listOf = (table: string) => facts.map((name) => `${table}.${name}`).join(', ')

// An event that is there stays as it is, but for what a rebuild reads differently from the very record that it came by. What
// was clamped by the clock of its day would be clamped otherwise now.
const storeSql = `
with given as (
  select * from jsonb_to_recordset($1::jsonb) as g (event_id uuid, source text, topic text, partition integer,
    kafka_offset bigint, at timestamptz, clamped boolean, stream text, type text, order_id uuid, order_type text,
    amount_minor bigint, stated_at timestamptz, product_id bigint, sku text, stock bigint, reserved bigint,
    min_stock bigint, outbox_id bigint)
), old as (
  select c.event_id, c.source, c.at from contribution c join given using (event_id, source)
), stored as (
  insert into contribution as c (${columns})
  select ${columns} from given order by event_id, source
  on conflict (event_id, source) do update
    set (at, clamped, ${facts.join(', ')}) = row(
      case when c.clamped then c.at else excluded.at end, c.clamped or excluded.clamped, ${listOf('excluded')})
    where $2 and (c.topic, c.partition, c.kafka_offset) = (excluded.topic, excluded.partition, excluded.kafka_offset)
      and (${listOf('c')}, c.clamped, case when c.clamped then null else c.at end) is distinct from
        (${listOf('excluded')}, c.clamped or excluded.clamped, case when c.clamped then null else excluded.at end)
  returning event_id, source, at
)
select stored.at, old.at as old_at from stored left join old using (event_id, source)`

/** A contribution that was added, or corrected; then with its time before. */
export interface StoredContribution {
  readonly at: Date
  readonly oldAt: Date | null
}

/** Adds contributions, each once; returns those that were not there so. @param correct for a rebuild. */
export async function storeContributions(
  client: SqlClient,
  contributions: readonly Contribution[],
  correct: boolean,
): Promise<StoredContribution[]> {
  const { rows } = await client.query<{ at: Date; old_at: Date | null }>({
    name: 'store_contributions',
    text: storeSql,
    values: [JSON.stringify(firstOfEach(contributions)), correct],
  })
  return rows.map(({ at, old_at: oldAt }) => ({ at, oldAt }))
}

/** Of several records that claim one event, the first is it. */
function firstOfEach(contributions: readonly Contribution[]): Contribution[] {
  const found = new Map<string, Contribution>()
  for (const each of contributions) {
    const key = `${each.event_id} ${each.source}`
    if (!found.has(key)) found.set(key, each)
  }
  return [...found.values()]
}
