import { z } from 'zod'

/** A process that is watched. */
export interface Target {
  readonly name: string
  /** Its base URL, without a slash at the end. */
  readonly url: string
}

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

/** Reads `name=url,…`. @throws Error whose message completes "MONITORED_SERVICES must be …". */
export function parseTargets(text: string): Target[] {
  const targets = text.split(',').flatMap((item) => (item.trim() === '' ? [] : [parseTarget(item.trim())]))
  const names = targets.map(({ name }) => name)
  const twice = names.find((name, n) => names.indexOf(name) !== n)
  if (twice !== undefined) throw new Error(`a list in which each name is once, and ${twice} is there twice`)
  return targets
}

function parseTarget(item: string): Target {
  const [, name = '', url = ''] = /^([^=]+)=(.+)$/.exec(item) ?? []
  const isUrl = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
  if (!nameForm.test(name) || !isUrl) throw new Error('a list of name=http://host:port, by commas')
  return { name, url: url.replace(/\/+$/, '') }
}

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
export function isRelay({ name }: Pick<Target, 'name'>): boolean {
  return name.startsWith('relay-')
}
