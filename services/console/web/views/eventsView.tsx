import type { FoundEvents, OutboxEventShown } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { EventMark } from '../parts/eventMark.tsx'
import { More, usePages } from '../parts/pages.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { go, place } from '../router.ts'
import { text } from '../state.ts'

const fields = ['event_id', 'key', 'type', 'topic', 'correlation_id', 'from', 'to'] as const

/** Finds events; what is looked for is in the address. */
export function EventsView() {
  const t = text.value.found
  const { search } = place.value
  const load = (cursor?: string, signal?: AbortSignal) => {
    const query = Object.fromEntries(new URLSearchParams(search))
    return ask<FoundEvents>('events', { query: { ...query, cursor }, ...(signal && { signal }) })
  }
  const { pages, isLoading, problem, more } = usePages(load, search)
  const last = pages.at(-1)
  const events = pages.flatMap((page) => page.events)
  const letters = pages[0]?.dead_letters ?? []
  return (
    <>
      <Title>{t.title}</Title>
      <p class="lead">{t.lead}</p>
      <SearchForm key={search} query={new URLSearchParams(search)} />
      <Problem of={problem} />
      {isLoading && <p role="status">{text.value.loading}</p>}
      {last && events.length + letters.length === 0 && <p class="empty">{t.none}</p>}
      <Letters letters={letters} />
      <ul class="rows">
        {events.map((event) => (
          <EventRow key={`${event.outbox} ${event.event_id}`} event={event} />
        ))}
      </ul>
      {last && <Searched of={last} />}
      <More more={more} label={t.older} />
    </>
  )
}

function SearchForm({ query }: { readonly query: URLSearchParams }) {
  const t = text.value.found
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const given = fields.flatMap((name) => {
      const value = String(form.get(name) ?? '').trim()
      if (value === '') return []
      return [[name, name === 'from' || name === 'to' ? new Date(value).toISOString() : value]]
    })
    go(`/events?${new URLSearchParams(given)}`, 'stay')
  }
  const input = (name: (typeof fields)[number], label: string, pattern?: string) => (
    <label>
      {label}
      <input
        name={name}
        autoComplete="off"
        {...(pattern && { pattern })}
        defaultValue={query.get(name) ?? ''}
      />
    </label>
  )
  const time = (name: 'from' | 'to', label: string) => (
    <label>
      {label}
      <input name={name} type="datetime-local" step="1" defaultValue={localTime(query.get(name))} />
    </label>
  )
  return (
    <form class="fields" onSubmit={submit}>
      {input('event_id', t.eventId, '[0-9a-fA-F\\-]{36}')}
      {input('key', t.key)}
      {input('type', t.type)}
      {input('topic', t.topic)}
      {input('correlation_id', t.correlation)}
      {time('from', t.from)}
      {time('to', t.to)}
      <button type="submit">{t.search}</button>
    </form>
  )
}

/** As `datetime-local` has it: the time here, without a zone. */
function localTime(at: string | null): string {
  if (at === null) return ''
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

function Letters({ letters }: { readonly letters: FoundEvents['dead_letters'] }) {
  const t = text.value
  if (letters.length === 0) return null
  return (
    <>
      <h2>{t.found.letters}</h2>
      <ul class="rows">
        {letters.map(({ source, group, event_id, type, key, error, dead_at }) => (
          <li class="row" key={`${source} ${event_id} ${dead_at}`}>
            <p class="count">
              <span class="kind critical">{t.consumer}</span>
            </p>
            <div class="what">
              <a href={`/group?${new URLSearchParams({ source, group, kind: 'consumer' })}`}>
                <strong>{type ?? t.noType}</strong> <span class="id">{key ?? t.noKey}</span>
              </a>
              <p class="error" lang="en">
                {error}
              </p>
            </div>
            <p class="where">{source}</p>
            <p class="when">
              <Time at={dead_at} />
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

function EventRow({ event }: { readonly event: OutboxEventShown }) {
  const { event_id, type, key, topic, outbox, recorded_at, error } = event
  return (
    <li class="row">
      <p class="count">
        <EventMark state={event.state} />
      </p>
      <div class="what">
        <a href={`/trace?${new URLSearchParams({ event_id })}`}>
          <strong>{type}</strong> <span class="id">{key}</span>
        </a>
        <p class="id place">{event_id}</p>
        {error && (
          <p class="error" lang="en">
            {error}
          </p>
        )}
      </div>
      <p class="where">
        <span class="kind outbox">{outbox}</span> {topic}
      </p>
      <p class="when">
        <Time at={recorded_at} />
      </p>
    </li>
  )
}

function Searched({ of: { searched, silent } }: { readonly of: FoundEvents }) {
  const t = text.value.found
  return (
    <div class="extent">
      {silent.length > 0 && (
        <p class="error">
          {t.notAsked} {silent.join(', ')}
        </p>
      )}
      <details>
        <summary>{t.searched}</summary>
        <ul>
          {searched.map(({ outbox, to, more }) => (
            <li key={outbox}>
              {more && to ? (
                <>
                  {t.searchedTo(outbox)} <Time at={to} />
                </>
              ) : (
                t.searchedAll(outbox)
              )}
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}
