import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BoardGroup } from '../../shapes.ts'
import { KeyDeeds, LetterDeeds, ReviveDeed } from '../parts/deeds.tsx'
import { Title } from '../parts/title.tsx'
import { board, mayAct, text } from '../state.ts'
import { KeyList } from './keyList.tsx'
import { LetterList } from './letterList.tsx'
import type { PutAwayState } from './putAwayList.tsx'

export interface GroupProps {
  readonly source: string
  readonly group: string
}

/** One group: what failed, its events, and what can be done with all of them. */
export function GroupView({ source, group, isOutbox }: GroupProps & { readonly isOutbox: boolean }) {
  const t = text.value
  const found = board.value?.groups.find((each) => each.source === source && each.group === group)
  const isThere = found !== undefined
  useEffect(() => {
    // The buttons are gone, and with them the focus.
    if (!isThere && document.activeElement === document.body) document.querySelector('h1')?.focus()
  }, [isThere])
  return (
    <>
      <p>
        <a href="/undelivered">← {t.back}</a>
      </p>
      <Title>{found?.type ?? (found ? t.noType : t.board)}</Title>
      {found ? <Facts {...found} /> : <p role="status">{board.value ? t.groupGone : t.loading}</p>}
      {found && mayAct.value && (
        <div class="buttons">
          {isOutbox ? <KeyDeeds meant={{ source, group }} /> : <LetterDeeds meant={{ source, group }} />}
        </div>
      )}
      <h2>{isOutbox ? t.heldKeys : t.letters}</h2>
      {/* The list is reloaded whenever the group changes. */}
      {isOutbox ? (
        <KeyList source={source} group={group} version={versionOf(found)} />
      ) : (
        <LetterList source={source} group={group} version={versionOf(found)} />
      )}
    </>
  )
}

interface PutAwayProps extends GroupProps {
  readonly state: PutAwayState
}

/** A group of dead letters that are off the list. */
export function PutAwayGroup({ source, group, state }: PutAwayProps) {
  const t = text.value
  const version = useSignal(0)
  return (
    <>
      <p>
        <a href={`/undelivered?state=${state}`}>← {t.back}</a>
      </p>
      <Title>{t.putAway[state]}</Title>
      <p>
        <span class="kind consumer">{t.consumer}</span> {source}
      </p>
      {mayAct.value && (
        <div class="buttons">
          <ReviveDeed meant={{ source, group }} onDone={() => version.value++} />
        </div>
      )}
      <h2>{t.letters}</h2>
      <LetterList source={source} group={group} state={state} version={String(version.value)} />
    </>
  )
}

function versionOf(found: BoardGroup | undefined): string {
  return found ? `${found.events} ${found.last_at}` : ''
}

function Facts({ source, kind, reason, error, events, keys }: BoardGroup) {
  const t = text.value
  return (
    <div class="facts">
      <p>
        <span class={`kind ${kind}`}>{t[kind]}</span> {source}
      </p>
      <p>
        <strong>{keys === undefined ? t.events(events) : t.preview(t.events(events), t.keys(keys))}</strong>
      </p>
      <p class="error" lang="en">
        <span class="reason">{reason}</span> {error}
      </p>
    </div>
  )
}
