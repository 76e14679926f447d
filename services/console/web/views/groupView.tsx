import type { BoardGroup } from '../../shapes.ts'
import { KeyDeeds, LetterDeeds } from '../parts/deeds.tsx'
import { Title } from '../parts/title.tsx'
import { board, mayAct, text } from '../state.ts'
import { KeyList } from './keyList.tsx'
import { LetterList } from './letterList.tsx'

export interface GroupProps {
  readonly source: string
  readonly group: string
}

/** One group: what failed, its events, and what can be done with all of them. */
export function GroupView({ source, group, isOutbox }: GroupProps & { readonly isOutbox: boolean }) {
  const t = text.value
  const found = board.value?.groups.find((each) => each.source === source && each.group === group)
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
      {/* The list is loaded anew whenever the group has changed. */}
      {isOutbox ? (
        <KeyList source={source} group={group} version={versionOf(found)} />
      ) : (
        <LetterList source={source} group={group} version={versionOf(found)} />
      )}
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
