import type { Admin } from '@relevo/kafka'
import { ServiceError } from '@relevo/kit'
import { z } from 'zod'
import { answerOfKafka } from '../kafka/kafkaView.ts'
import type { Board } from '../sources/board.ts'
import type { Source } from '../sources/findSources.ts'
import type { ConsumptionShown, OutboxEventShown, Trace, TracedEvent } from './eventSchemas.ts'
import { type EventQuery, searchOutbox, toShown } from './relayEvents.ts'
import { type SearchParts, searchEvents } from './searchEvents.ts'

export interface TraceParts extends SearchParts {
  readonly board: Pick<Board, 'sources' | 'whoTells'>
  readonly admin: Pick<Admin, 'peekTopic'>
  /** How long Kafka may take to answer. */
  readonly kafkaTimeoutMs: number
}

/** What a trace may have and take; it tells which of them has ended it. */
const mostEvents = 60
const mostMs = 8_000
const mostLevels = 8
/** An event that follows is recorded in the transaction in which the one before it took effect. */
const aroundMs = 3_000
const mostOfOne = 20

interface Tracing {
  readonly parts: TraceParts
  readonly outboxes: readonly Source[]
  readonly consumers: readonly string[]
  readonly deadline: number
  readonly seen: Set<string>
  readonly events: TracedEvent[]
  stopped: Trace['stopped']
  /** It has not answered, and is not asked again for this trace. */
  isKafkaAway: boolean
}

/** The way of an event: recorded, published, consumed, and the events that followed from it. */
export async function traceEvent(parts: TraceParts, eventId: string): Promise<Trace> {
  const [{ events, silent }, { sources }, consumers] = await Promise.all([
    searchEvents(parts, { eventId, limit: 1 }),
    parts.board.sources(),
    parts.board.whoTells('consumptions'),
  ])
  const [event] = events
  if (event === undefined) throw new ServiceError('notFound', 'No outbox has this event, or has it any more.')
  const tracing: Tracing = {
    events: [],
    parts,
    outboxes: sources.filter(({ kind }) => kind === 'outbox'),
    consumers,
    deadline: performance.now() + mostMs,
    seen: new Set([eventId]),
    stopped: 'end',
    isKafkaAway: false,
  }
  await follow(tracing, event, 1)
  const away = tracing.isKafkaAway ? ['Kafka'] : []
  return { events: tracing.events, stopped: tracing.stopped, silent: [...silent, ...away] }
}

async function follow(tracing: Tracing, event: OutboxEventShown, level: number): Promise<void> {
  const { parts, consumers } = tracing
  const [published, consumed] = await Promise.all([
    event.state === 'published' ? findRecord(tracing, event) : null,
    Promise.all(consumers.map((service) => readConsumptions(parts, service, event.event_id))),
  ])
  const consumptions = consumed.flat().sort((a, b) => a.at.localeCompare(b.at))
  tracing.events.push({ ...event, published, consumed: consumptions })
  const next = mayGoOn(tracing, level) ? await findFollowing(tracing, event, consumptions) : []
  for (const each of next) await follow(tracing, each, level + 1)
}

function mayGoOn(tracing: Tracing, level: number): boolean {
  if (performance.now() > tracing.deadline) tracing.stopped = 'time'
  else if (tracing.seen.size >= mostEvents || level > mostLevels) tracing.stopped = 'events'
  else return true
  return false
}

const peek = { maxRecords: 1, maxBytes: 4 << 20, maxMs: 1_500 }

/** Its record, looked for from the time on at which it was recorded; the relay cannot have sent it before. */
async function findRecord(
  tracing: Tracing,
  { topic, event_id, recorded_at }: OutboxEventShown,
): Promise<TracedEvent['published']> {
  if (tracing.isKafkaAway) return null
  const { admin, kafkaTimeoutMs } = tracing.parts
  const recordedMs = Date.parse(recorded_at)
  const isWanted = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
    headers.ce_id === event_id
  const from = { timeMs: recordedMs - 1_000 }
  const looking = admin.peekTopic({ topic, from, isWanted, ...peek })
  const found = await answerOfKafka(looking, kafkaTimeoutMs).catch((error) => {
    tracing.isKafkaAway = error instanceof ServiceError && error.code === 'unavailable'
  })
  const [record] = found?.records ?? []
  if (record === undefined) return null
  const { partition, offset, timestamp } = record
  const at = new Date(timestamp).toISOString()
  return { partition, offset: Number(offset), at, after_ms: timestamp - recordedMs }
}

const consumptionsAnswer = z.object({
  consumptions: z.array(
    z.object({
      consumer: z.string(),
      state: z.enum(['processed', 'held', 'dead', 'redriven', 'discarded', 'archived']),
      at: z.string(),
      attempts: z.number().nullable(),
      error: z.string().nullable(),
    }),
  ),
})

async function readConsumptions(
  { ask }: TraceParts,
  service: string,
  id: string,
): Promise<ConsumptionShown[]> {
  const answer = await ask(service, `/consumptions/${id}`).catch(() => undefined)
  const found = consumptionsAnswer.safeParse(answer).data?.consumptions ?? []
  return found.map((each) => ({ service, ...each }))
}

/** The events that name this one as their cause, of each time at which it took effect. */
async function findFollowing(
  tracing: Tracing,
  { event_id: causationId }: OutboxEventShown,
  consumed: readonly ConsumptionShown[],
): Promise<OutboxEventShown[]> {
  const times = consumed.filter(({ state }) => state === 'processed').map(({ at }) => Date.parse(at))
  const spans = mergeSpans(times.map((at) => ({ from: at - aroundMs, to: at + aroundMs })))
  const found = await Promise.all(
    tracing.outboxes.flatMap((outbox) =>
      spans.map(({ from, to }) => {
        const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        return searchFor(tracing.parts, outbox, { causationId, ...span, limit: mostOfOne })
      }),
    ),
  )
  const fresh = found.flat().filter(({ event_id }) => !tracing.seen.has(event_id))
  const room = fresh.slice(0, Math.max(0, mostEvents - tracing.seen.size))
  if (room.length < fresh.length) tracing.stopped = 'events'
  for (const { event_id } of room) tracing.seen.add(event_id)
  return room.sort((a, b) => a.recorded_at.localeCompare(b.recorded_at))
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Spans that overlap are one: consumers take an event at about the same time. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && span.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    else merged.push(span)
  }
  return merged
}

async function searchFor(parts: TraceParts, outbox: Source, query: EventQuery): Promise<OutboxEventShown[]> {
  const found = await searchOutbox(parts.ask, outbox, query).catch(() => undefined)
  return (found?.events ?? []).map((event) => toShown(outbox.id, event, parts))
}
