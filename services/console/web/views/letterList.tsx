import { useSignal } from '@preact/signals'
import type { Content, ListedLetter } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { ContentOf } from '../parts/content.tsx'
import { LetterDeeds } from '../parts/deeds.tsx'
import { More, usePages } from '../parts/pages.tsx'
import { Problem } from '../parts/problem.tsx'
import { ReplaceDeed } from '../parts/replaceDeed.tsx'
import { Time } from '../parts/time.tsx'
import { mayAct, text } from '../state.ts'
import type { GroupProps } from './groupView.tsx'
import type { PutAwayState } from './putAwayList.tsx'

interface Page {
  readonly letters: readonly ListedLetter[]
  readonly next_cursor?: string
}

interface ListProps extends GroupProps {
  /** The list is reloaded whenever this changes. */
  readonly version: string
  /** Of those that are off the list. */
  readonly state?: PutAwayState
}

/** The dead letters of a group, by pages of 50. */
export function LetterList({ source, group, state, version }: ListProps) {
  const t = text.value
  const load = (cursor?: string, signal?: AbortSignal) =>
    ask<Page>('letters', { query: { source, group, state, cursor, limit: 50 }, ...(signal && { signal }) })
  const { pages, isLoading, problem, more } = usePages(load, version)
  return (
    <>
      <Problem of={problem} />
      {isLoading && <p role="status">{t.loading}</p>}
      <ul class="rows">
        {pages.flatMap(({ letters }) =>
          letters.map((letter) => (
            <LetterRow key={letter.id} source={source} letter={letter} isPutAway={state !== undefined} />
          )),
        )}
      </ul>
      <More more={more} />
    </>
  )
}

interface RowProps {
  readonly source: string
  readonly letter: ListedLetter
  readonly isPutAway: boolean
}

function LetterRow({ source, letter, isPutAway }: RowProps) {
  const t = text.value
  const content = useSignal<Content | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const { id, event_id, key, topic, partition, offset, attempts, dead_at, note, replaced_by } = letter
  const name = event_id ?? t.partitionAt(topic, partition, offset)
  const toggle = async () => {
    problem.value = undefined
    if (content.value) {
      content.value = undefined
      return
    }
    try {
      content.value = await ask<Content>('letter', { query: { source, id } })
    } catch (error) {
      problem.value = error
    }
  }
  return (
    <li class="row letter">
      <dl>
        <div>
          <dt>{t.event}</dt>
          <dd class="id">{event_id ?? t.noId}</dd>
        </div>
        <div>
          <dt>{t.key}</dt>
          <dd class="id">{key ?? t.noKey}</dd>
        </div>
        <div>
          <dt>{t.record}</dt>
          <dd>{t.partitionAt(topic, partition, offset)}</dd>
        </div>
        <div>
          <dt>{t.failedAt}</dt>
          <dd>
            <Time at={dead_at} />, {t.attempts(attempts)}
          </dd>
        </div>
      </dl>
      {note && <p>“{note}”</p>}
      {replaced_by && (
        <p>
          {t.replacedBy} <span class="id">{replaced_by}</span>
        </p>
      )}
      {mayAct.value ? (
        <div class="buttons">
          <button type="button" class="plain" aria-expanded={Boolean(content.value)} onClick={toggle}>
            {content.value ? t.hide : t.show}
            <span class="hidden"> {name}</span>
          </button>
          {!isPutAway && (
            <>
              <LetterDeeds meant={{ source, id }} of={name} />
              <ReplaceDeed source={source} id={id} of={name} />
            </>
          )}
        </div>
      ) : (
        <small>{t.logInToSee}</small>
      )}
      <Problem of={problem.value} />
      {content.value && <ContentOf {...content.value} name={name} />}
    </li>
  )
}
