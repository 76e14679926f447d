import type { z } from 'zod'
import { type CacheMetrics, createCacheMetrics, type ReadResult, type WriteResult } from './cacheMetrics.ts'
import { type Dated, shareReads } from './shareReads.ts'
import { isBreakerOpen, type Looked, Valkey, type ValkeyOptions } from './valkey.ts'

/** How long an entry lives, from before its read in Postgres began. */
const entryMs = 850
/** What an answer may be behind Postgres; a tenth of a second less than is promised, for the way to the client. */
const maxAgeMs = 900
/** A larger page would make others wait for it. */
const maxEntryBytes = 262_144

type Page = object

export interface RecentEventsOptions<Query> extends Omit<ValkeyOptions, 'metrics'> {
  readonly registry: Parameters<typeof createCacheMetrics>[0]
  /** Part of every key, so that entries of another database are not found. */
  findIdentity(): Promise<string>
  /** Which entry answers a query; undefined: none does, since it is not for the newest events. */
  nameOf(query: Query): string | undefined
  /** What an entry has to be. */
  readonly schema: z.ZodType
  /** Reads Postgres. */
  read(query: Query): Promise<Page>
}

export interface RecentEvents<Query> {
  /** @throws the errors of `read`; those of the cache make no difference. */
  find(query: Query): Promise<Page>
  stop(): void
}

/**
 * The newest pages of events, from a cache that may be missing, slow, empty or wrong at any time. An entry lives for `entryMs` by
 * the clock of the server that holds it, which it told before the page was read: no other clock matters, and an entry that is
 * stored late lives no longer (docs/adr/0017-cache.md).
 */
export function cacheRecentEvents<Query>(options: RecentEventsOptions<Query>): RecentEvents<Query> {
  const { registry, nameOf, read } = options
  const metrics = createCacheMetrics(registry)
  const valkey = new Valkey({ ...options, metrics })
  const look = lookIn(valkey, options)
  const shared = shareReads<Page>(maxAgeMs)
  return {
    async find(query) {
      const name = nameOf(query)
      if (name === undefined) return read(query)
      const { value, isShared } = await shared.run(name, (mustBeNew) =>
        mustBeNew ? readNow(query) : findOne(name, query),
      )
      if (isShared) metrics.reads.inc({ result: 'shared' })
      return value
    },
    stop: () => valkey.stop(),
  }

  async function findOne(name: string, query: Query): Promise<Dated<Page>> {
    const { result, entry, looked } = await look(name)
    metrics.reads.inc({ result })
    if (entry) return entry
    const dated = await readNow(query)
    // Nobody waits for it: a request has its page already.
    if (looked) void store(valkey, looked, dated, metrics)
    return dated
  }

  async function readNow(query: Query): Promise<Dated<Page>> {
    const trueAt = performance.now()
    return { value: await read(query), trueAt }
  }
}

interface Found {
  readonly result: ReadResult
  readonly entry?: Dated<Page>
  /** Where, and until when, the value being read may be stored. */
  readonly looked?: Looked
}

function lookIn(
  valkey: Valkey,
  { findIdentity, schema }: Pick<RecentEventsOptions<never>, 'findIdentity' | 'schema'>,
): (name: string) => Promise<Found> {
  let identity: string | undefined
  return async (name) => {
    try {
      identity ??= await findIdentity()
      const sentAt = performance.now()
      const looked = await valkey.look(`relevo:eventos:1:${identity}:${name}`)
      if (looked.text === null) return { result: 'miss', looked }
      const value = parse(looked.text, schema)
      if (value === undefined) return { result: 'invalid', looked }
      return { result: 'hit', entry: { value, trueAt: sentAt - entryMs } }
    } catch (error) {
      return { result: isBreakerOpen(error) ? 'skipped' : 'failed' }
    }
  }
}

/** The page as it was stored; undefined for what is none. */
function parse(text: string, schema: z.ZodType): Page | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return schema.safeParse(value).success ? (value as Page) : undefined
  } catch {
    return undefined
  }
}

async function store(valkey: Valkey, looked: Looked, dated: Dated<Page>, { writes }: CacheMetrics) {
  writes.inc({ result: await tryToStore(valkey, looked, dated) })
}

async function tryToStore(
  valkey: Valkey,
  { key, at }: Looked,
  { value, trueAt }: Dated<Page>,
): Promise<WriteResult> {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > maxEntryBytes) return 'tooLarge'
  if (performance.now() - trueAt >= entryMs) return 'tooLate'
  return valkey.store(key, text, at + entryMs).then(
    () => 'stored',
    () => 'failed',
  )
}
