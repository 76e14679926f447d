import type { ServiceUrl } from '@relevo/kit'
import { z } from 'zod'

/** A consumer group, and the service that is in it. */
export interface WatchedGroup {
  readonly group: string
  readonly service: string
  readonly topics: readonly string[]
}

/** What is watched of Kafka. */
export interface WatchedKafka {
  /** Each topic with its dead-letter topic; null: it has none. */
  readonly topics: Readonly<Record<string, string | null>>
  readonly groups: readonly WatchedGroup[]
}

export const noKafka: WatchedKafka = { topics: {}, groups: [] }

const nameForm = /^[a-z0-9][a-z0-9-]{0,62}$/

const watchedKafka = z.strictObject({
  topics: z.record(z.string().min(1).max(249), z.string().min(1).max(249).nullable()),
  groups: z.array(
    z.strictObject({
      group: z.string().min(1),
      service: z.string().regex(nameForm),
      topics: z.array(z.string()).min(1),
    }),
  ),
})

/** Reads MONITORED_KAFKA. @throws Error whose message completes "MONITORED_KAFKA must be …". */
export function parseKafka(text: string): WatchedKafka {
  const must = 'JSON {"topics": {name: dead-letter topic or null}, "groups": [{group, service, topics}]}'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Error(must, { cause })
  }
  const parsed = watchedKafka.safeParse(value)
  if (!parsed.success)
    throw new Error(`${must} (${parsed.error.issues[0]?.message})`, { cause: parsed.error })
  return parsed.data
}

/** Relays are known by the start of their names. */
export function isRelay({ name }: Pick<ServiceUrl, 'name'>): boolean {
  return name.startsWith('relay-')
}
