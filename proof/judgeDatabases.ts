import type pg from 'pg'
import { effectsOf, outboxOf } from '../systems/parts.ts'
import type { Account, Flow, System } from '../systems/system.ts'
import { type BrokenLaw, checkLaws, mostExamples } from './checkLaws.ts'

/** What one database of a system says at rest. */
export interface Testimony {
  readonly broken: readonly BrokenLaw[]
  /** Its side of each agreement, by name. */
  readonly facts: Readonly<Record<string, Told>>
}

export interface Told {
  readonly facts: readonly Fact[]
  /** In milliseconds since 1970: what is older it has forgotten. Null: nothing. */
  readonly since: number | null
}

/** The time is in milliseconds since 1970; null: a fact that no side forgets. */
export type Fact = readonly [key: string, value: string, at: number | null]

/** Asks a database for its laws and its side of the agreements. @throws pg's errors. */
export async function hearDatabase(
  { laws = [], agreements = [] }: System,
  database: string,
  pool: Pick<pg.Pool, 'query'>,
): Promise<Testimony> {
  const broken = await checkLaws(laws, { [database]: pool })
  const facts: Record<string, Told> = {}
  for (const { name, sides } of agreements)
    for (const side of sides.filter((each) => each.database === database))
      facts[name] = await hearAccount(side, pool)
  return { broken, facts }
}

async function hearAccount({ facts, since }: Account, pool: Pick<pg.Pool, 'query'>): Promise<Told> {
  // Before the facts: what is forgotten in between is bounded the next time.
  const bound =
    since === undefined ? undefined : (await pool.query<{ since: Date | null }>(since)).rows[0]?.since
  const { rows } = await pool.query<{ key: string; value: string; at?: Date | null }>(facts)
  return {
    facts: rows.map(({ key, value, at }) => [key, value, at?.getTime() ?? null]),
    since: bound?.getTime() ?? null,
  }
}

/** Every law and agreement that does not hold. @param heard by database; a database of the system that is not there is an error. */
export function judge({ agreements = [] }: System, heard: Readonly<Record<string, Testimony>>): BrokenLaw[] {
  const differing = agreements.map(({ name, sides, addsUp }): BrokenLaw => {
    const told = sides.map(({ database }) => heard[database]?.facts[name] ?? { facts: [], since: null })
    const since = Math.max(...told.map((each) => each.since ?? Number.NEGATIVE_INFINITY))
    const accounts = sides.map(({ database }, side) => ({
      database,
      facts: collect(told[side]?.facts ?? [], since, addsUp === true),
    }))
    return { law: name, examples: differences(accounts) }
  })
  const broken = Object.values(heard).flatMap((each) => each.broken)
  return [...broken, ...differing.filter(({ examples }) => examples.length > 0)]
}

/** What is said of the time that both sides still know. */
function collect(facts: readonly Fact[], since: number, addsUp: boolean): Map<string, string> {
  const collected = new Map<string, string>()
  for (const [key, value, at] of facts) {
    if (at !== null && at < since) continue
    const before = addsUp ? Number(collected.get(key) ?? 0) : 0
    collected.set(key, addsUp ? String(before + Number(value)) : value)
  }
  return collected
}

function differences(
  accounts: readonly { database: string; facts: ReadonlyMap<string, string> }[],
): string[] {
  const keys = new Set(accounts.flatMap(({ facts }) => [...facts.keys()]))
  const found: string[] = []
  for (const key of keys) {
    const values = accounts.map(({ facts }) => facts.get(key))
    if (new Set(values).size > 1)
      found.push(
        `${key}: ${accounts.map(({ database, facts }) => `${database} ${facts.get(key) ?? 'nothing'}`).join(', ')}`,
      )
    if (found.length === mostExamples) break
  }
  return found
}

/** How a database is reached by a flow. */
export interface Witness<Place> {
  readonly database: string
  readonly place: Place
  readonly as: 'outbox' | 'effects'
}

/**
 * A flow that reaches each database with a law or an agreement.
 * @throws Error when one is reached by none, for it would go unchecked.
 */
export function findWitnesses<Place extends { readonly flow: Flow }>(
  system: System,
  places: readonly Place[],
): Witness<Place>[] {
  const { laws = [], agreements = [] } = system
  const needed = [...laws, ...agreements.flatMap(({ sides }) => sides)].map(({ database }) => database)
  return [...new Set(needed)].map((database) => {
    const found = places.flatMap((place): Witness<Place>[] => [
      ...(outboxOf(system, place.flow.topic) === database
        ? [{ database, place, as: 'outbox' } as const]
        : []),
      ...(effectsOf(system, place.flow) === database ? [{ database, place, as: 'effects' } as const] : []),
    ])
    if (!found[0]) throw new Error(`No flow of ${system.name} reaches the database ${database} and its laws.`)
    return found[0]
  })
}
