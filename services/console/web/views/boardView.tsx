import type { BoardGroup } from '../../shapes.ts'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { board, text } from '../state.ts'

/** Everything that is not delivered, in groups. */
export function BoardView() {
  const t = text.value
  const state = board.value
  return (
    <>
      <Title>{t.board}</Title>
      <p class="lead">{t.boardLead}</p>
      {!state && <p role="status">{t.loading}</p>}
      {state && state.silent.length > 0 && (
        <section class="banner">
          <p>{t.nothingKnown}</p>
          <ul>
            {state.silent.map(({ service, reason }) => (
              <li key={service}>
                <span lang="en">{reason}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {state?.groups.length === 0 && state.silent.length === 0 && <p class="empty">{t.boardEmpty}</p>}
      <ul class="rows">
        {state?.groups.map((group) => (
          <GroupRow key={`${group.source} ${group.group}`} {...group} />
        ))}
      </ul>
    </>
  )
}

function GroupRow({ source, kind, group, type, reason, error, events, keys, first_at, last_at }: BoardGroup) {
  const t = text.value
  const query = new URLSearchParams({ source, group, kind })
  return (
    <li class="row">
      <p class="count">{keys === undefined ? t.events(events) : t.preview(t.events(events), t.keys(keys))}</p>
      <div class="what">
        <a href={`/group?${query}`}>
          <strong>{type ?? t.noType}</strong> <span class="reason">{reason}</span>
        </a>
        <p class="error" lang="en">
          {error}
        </p>
      </div>
      <p class="where">
        <span class={`kind ${kind}`}>{t[kind]}</span> {source}
      </p>
      <p class="when">
        <small>{t.first}</small> <Time at={first_at} />
        <br />
        <small>{t.last}</small> <Time at={last_at} />
      </p>
    </li>
  )
}
