import { useSignal } from '@preact/signals'
import type { ListedKey, WaitingEvent } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { ContentOf } from '../parts/content.tsx'
import { KeyDeeds } from '../parts/deeds.tsx'
import { More, usePages } from '../parts/pages.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { mayAct, text } from '../state.ts'
import type { GroupProps } from './groupView.tsx'

interface Page {
  readonly keys: readonly ListedKey[]
  readonly next_cursor?: string
}

/** The keys of a group that are held back, by pages of 50. */
export function KeyList({ source, group, version }: GroupProps & { readonly version: string }) {
  const t = text.value
  const load = (cursor?: string, signal?: AbortSignal) =>
    ask<Page>('keys', { query: { source, group, cursor, limit: 50 }, ...(signal && { signal }) })
  const { pages, isLoading, problem, more } = usePages(load, version)
  return (
    <>
      {version !== '' && <Problem of={problem} />}
      {isLoading && <p role="status">{t.loading}</p>}
      <ul class="rows">
        {pages.flatMap(({ keys }) => keys.map((key) => <KeyRow key={key.key} source={source} held={key} />))}
      </ul>
      <More more={more} />
    </>
  )
}

function KeyRow({ source, held }: { readonly source: string; readonly held: ListedKey }) {
  const t = text.value
  const waiting = useSignal<readonly WaitingEvent[] | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const { key, state, attempts, error, since, events } = held
  const toggle = async () => {
    problem.value = undefined
    if (waiting.value) {
      waiting.value = undefined
      return
    }
    try {
      waiting.value = (await ask<{ waiting: WaitingEvent[] }>('key', { query: { source, key } })).waiting
    } catch (refusal) {
      problem.value = refusal
    }
  }
  return (
    <li class="row letter">
      <dl>
        <div>
          <dt>{t.key}</dt>
          <dd class="id">{key}</dd>
        </div>
        <div>
          <dt>{t.heldSince}</dt>
          <dd>
            <Time at={since} />, {t.attempts(attempts)}
          </dd>
        </div>
        <div>
          <dt>{t[state]}</dt>
          <dd>{t.events(events)}</dd>
        </div>
      </dl>
      <p class="error" lang="en">
        {error}
      </p>
      {mayAct.value ? (
        <div class="buttons">
          <button type="button" class="plain" aria-expanded={Boolean(waiting.value)} onClick={toggle}>
            {waiting.value ? t.hide : t.show}
            <span class="hidden"> {key}</span>
          </button>
          <KeyDeeds meant={{ source, key }} of={key} />
        </div>
      ) : (
        <small>{t.logInToSee}</small>
      )}
      <Problem of={problem.value} />
      {waiting.value?.map((event) => (
        <div key={event.event_id}>
          <p class="id">
            <strong>
              {event.type} {event.event_id}
            </strong>
          </p>
          <ContentOf {...event} name={`${event.type} ${event.event_id}`} />
        </div>
      ))}
    </li>
  )
}
