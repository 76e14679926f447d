import type { ConsumptionShown, Trace, TracedEvent } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { ContentOf } from '../parts/content.tsx'
import { EventMark } from '../parts/eventMark.tsx'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { mayAct, text } from '../state.ts'

/** What became of an event, and of those that followed from it. */
export function TraceView({ eventId }: { readonly eventId: string }) {
  const t = text.value.found
  const load = (signal: AbortSignal) => ask<Trace>('trace', { query: { event_id: eventId }, signal })
  const loaded = useLoaded(load, `${eventId} ${mayAct.value}`)
  const { value: trace, problem } = loaded.value
  const [root] = trace?.events ?? []
  return (
    <>
      <p>
        <a href="/events">← {t.title}</a>
      </p>
      <Title>{root ? `${t.trace}: ${root.type}` : t.traceOf}</Title>
      <Problem of={problem} />
      {!trace && !problem && <p role="status">{text.value.loading}</p>}
      {trace && root && (
        <>
          <Relatives event={root} />
          <h2 class="hidden">{t.traceOf}</h2>
          <ul class="tree">
            <Node event={root} all={trace.events} isRoot />
          </ul>
          <p class="extent">
            {t.stopped[trace.stopped]}
            {trace.silent.length > 0 && ` ${t.notAsked} ${trace.silent.join(', ')}`}
          </p>
        </>
      )}
    </>
  )
}

function Relatives({ event: { causation_id, correlation_id } }: EventProps) {
  const t = text.value.found
  // A cause that is no event of an outbox, such as a request, has no trace.
  const isEvent = causation_id !== null && /^[0-9a-f-]{36}$/i.test(causation_id)
  if (causation_id === null && correlation_id === null) return null
  return (
    <p class="lead">
      {causation_id !== null && (
        <>
          {isEvent ? <a href={`/trace?event_id=${causation_id}`}>{t.cause}</a> : t.cause}{' '}
          <span class="id">{causation_id}</span>
          <br />
        </>
      )}
      {correlation_id !== null && (
        <>
          <a href={`/events?${new URLSearchParams({ correlation_id })}`}>{t.sameCorrelation}</a>{' '}
          <span class="id">{correlation_id}</span>
        </>
      )}
    </p>
  )
}

interface NodeProps {
  readonly event: TracedEvent
  readonly all: readonly TracedEvent[]
  readonly isRoot?: boolean
}

function Node({ event, all, isRoot = false }: NodeProps) {
  const t = text.value.found
  const { event_id, type, key, content } = event
  const followed = all.filter((each) => each.causation_id === event_id && each.event_id !== event_id)
  return (
    <li>
      <div class="node">
        <p class="name">
          {isRoot ? <strong>{type}</strong> : <a href={`/trace?event_id=${event_id}`}>{type}</a>}{' '}
          <span class="id">{key}</span> <EventMark state={event.state} />
        </p>
        <ol class="lines">
          <Recorded event={event} />
          <Published event={event} />
          {event.consumed.map((each) => (
            <Consumed key={`${each.service} ${each.consumer} ${each.state} ${each.at}`} {...each} />
          ))}
        </ol>
        {event.published && event.consumed.length === 0 && <small>{t.notConsumed}</small>}
        {content && (
          <details>
            <summary>{t.content}</summary>
            <ContentOf {...content} name={`${type} ${event_id}`} />
          </details>
        )}
      </div>
      {followed.length > 0 && (
        <ul aria-label={t.followed(followed.length)}>
          {followed.map((each) => (
            <Node key={each.event_id} event={each} all={all} />
          ))}
        </ul>
      )}
    </li>
  )
}

interface EventProps {
  readonly event: TracedEvent
}

function Recorded({ event: { outbox, recorded_at, event_id, trace_url, error } }: EventProps) {
  const t = text.value.found
  return (
    <li>
      {t.recorded} <strong>{outbox}</strong> <Time at={recorded_at} />
      {trace_url && (
        <>
          {' '}
          <a href={trace_url} target="_blank" rel="noreferrer">
            {t.spans}
          </a>
        </>
      )}
      <p class="id place">{event_id}</p>
      {error && (
        <p class="error" lang="en">
          {error}
        </p>
      )}
    </li>
  )
}

function Published({ event: { state, published, topic } }: EventProps) {
  const t = text.value.found
  if (state !== 'published') return null
  if (published === null) return <li>{t.notInKafka}</li>
  const { partition, offset, at, after_ms } = published
  return (
    <li>
      {t.published}{' '}
      <a href={`/kafka/topic?${new URLSearchParams({ topic })}`}>{t.place(topic, partition, offset)}</a>{' '}
      <Time at={at} /> <small>{t.after(after_ms)}</small>
    </li>
  )
}

function Consumed({ service, consumer, state, at, attempts, error }: ConsumptionShown) {
  const t = text.value.found
  return (
    <li class={state}>
      {t.consumed[state]} <strong>{service}</strong> <span class="id">{consumer}</span> <Time at={at} />
      {attempts !== null && attempts > 1 && <small> {t.attempts(attempts)}</small>}
      {error && (
        <p class="error" lang="en">
          {error}
        </p>
      )}
    </li>
  )
}
