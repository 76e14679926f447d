import type { ServiceUrl } from '@relevo/kit'
import { z } from 'zod'
import { noWork, type OutboxWork, type Work } from '../domain/look.ts'
import { isRelay } from '../domain/targets.ts'
import { type Asking, askJson } from './askJson.ts'

/** What the answers of our services have that is looked at here; whatever else they have is let be. */
const outboxesAnswer = z.object({
  outboxes: z.array(
    z.object({
      outbox: z.string(),
      ready: z.boolean(),
      problem: z.string().optional(),
      loopAgeSeconds: z.number(),
      stalledShards: z.array(z.unknown()),
      quarantinedKeys: z.number(),
      heldTopics: z.array(z.unknown()),
    }),
  ),
})
const statusAnswer = z.object({ backlog: z.object({ events: z.number(), oldestSeconds: z.number() }) })
const stats = z.object({ held: z.number(), last_processed_at: z.string().optional() })
const statsAnswer = z.union([stats, z.object({ channels: z.array(stats.extend({ channel: z.string() })) })])
const groupsAnswer = z.object({ groups: z.array(z.object({ count: z.number() })) })

type OutboxAnswer = z.output<typeof outboxesAnswer>['outboxes'][number]

/** The work of a service, and which readiness checks of its outboxes fail. */
export interface FoundWork {
  readonly work: Work
  readonly problems: readonly string[]
}

type Ask = (path: string) => Promise<unknown>

/**
 * What a service reports about its work. Figures that it does not report, or not in time, are undefined: that is no outage.
 */
export async function readWork(target: ServiceUrl, asking: Asking): Promise<FoundWork> {
  const ask: Ask = async (path) => {
    try {
      const { status, body } = await askJson(target.url + path, asking)
      return status === 200 ? body : undefined
    } catch {
      return undefined
    }
  }
  return isRelay(target) ? readRelay(ask) : { work: await readConsumer(ask), problems: [] }
}

async function readRelay(ask: Ask): Promise<FoundWork> {
  const { outboxes = [] } = outboxesAnswer.safeParse(await ask('/outboxes')).data ?? {}
  const found = await Promise.all(outboxes.map((each) => readOutbox(ask, each)))
  return { work: { ...noWork, outboxes: found }, problems: outboxes.flatMap(problemsOf) }
}

async function readOutbox(ask: Ask, answer: OutboxAnswer): Promise<OutboxWork> {
  // Counted now: /outboxes has the backlog of up to 15 s ago.
  const status = await ask(`/status?outbox=${encodeURIComponent(answer.outbox)}`)
  const { events, oldestSeconds } = statusAnswer.safeParse(status).data?.backlog ?? {
    events: 0,
    oldestSeconds: 0,
  }
  const { outbox: name, loopAgeSeconds, quarantinedKeys } = answer
  const stalledShards = answer.stalledShards.length
  const heldTopics = answer.heldTopics.length
  return { name, events, oldestSeconds, loopAgeSeconds, stalledShards, quarantinedKeys, heldTopics }
}

/** As `inventory database`: what the outbox waits for. */
function problemsOf({ outbox, ready, problem }: OutboxAnswer): string[] {
  if (ready) return []
  const [, names = 'relay'] = /^waits for (.+)$/.exec(problem ?? '') ?? []
  return names.split(', ').map((name) => `${outbox} ${name}`)
}

async function readConsumer(ask: Ask): Promise<Work> {
  const told = statsAnswer.safeParse((await ask('/stats')) ?? (await ask('/channels'))).data
  if (told === undefined) return noWork
  const parts = 'channels' in told ? told.channels : [told]
  const prefixes = 'channels' in told ? told.channels.map(({ channel }) => `/channels/${channel}`) : ['']
  const dead = await Promise.all(prefixes.map((prefix) => countDead(ask, prefix)))
  const effects = parts.flatMap(({ last_processed_at }) => last_processed_at ?? []).sort()
  return {
    outboxes: [],
    held: parts.reduce((sum, { held }) => sum + held, 0),
    deadLetters: dead.reduce((sum, count) => sum + count, 0),
    lastEffectAt: effects.at(-1),
  }
}

/** Those that wait for an operator. */
async function countDead(ask: Ask, prefix: string): Promise<number> {
  const answer = groupsAnswer.safeParse(await ask(`${prefix}/dead-letters/groups?limit=1000`)).data
  return answer?.groups.reduce((sum, { count }) => sum + count, 0) ?? 0
}
