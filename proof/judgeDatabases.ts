import type pg from 'pg'
import { effectsOf, outboxOf } from '../systems/parts.ts'
import type { Flow, System } from '../systems/system.ts'
import { type BrokenLaw, checkLaws, mostExamples } from './checkLaws.ts'

/** What one database of a system says at rest. */
export interface Testimony {
  readonly broken: readonly BrokenLaw[]
  /** Its side of each agreement, by name: keys and values. */
  readonly facts: Readonly<Record<string, readonly Fact[]>>
}

export type Fact = readonly [key: string, value: string]

/** Asks a database for its laws and its side of the agreements. @throws pg's errors. */
export async function hearDatabase(
  { laws = [], agreements = [] }: System,
  database: string,
  pool: Pick<pg.Pool, 'query'>,
): Promise<Testimony> {
  const broken = await checkLaws(laws, { [database]: pool })
  const facts: Record<string, Fact[]> = {}
  for (const { name, sides } of agreements)
    for (const side of sides.filter((each) => each.database === database)) {
      const { rows } = await pool.query<{ key: string; value: string }>(side.facts)
      facts[name] = rows.map(({ key, value }) => [key, value])
    }
  return { broken, facts }
}

/** Every law and agreement that does not hold. @param heard by database; a database of the system that is not there is an error. */
export function judge({ agreements = [] }: System, heard: Readonly<Record<string, Testimony>>): BrokenLaw[] {
  const differing = agreements.map(({ name, sides: [one, other] }): BrokenLaw => {
    const accounts = [one, other].map(({ database }) => ({
      database,
      facts: new Map(heard[database]?.facts[name]),
    }))
    return { law: name, examples: differences(accounts) }
  })
  const broken = Object.values(heard).flatMap((each) => each.broken)
  return [...broken, ...differing.filter(({ examples }) => examples.length > 0)]
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
 * A flow by which each database with a law or an agreement is reached.
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
