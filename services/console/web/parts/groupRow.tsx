import type { BoardGroup } from '../../shapes.ts'
import { text } from '../state.ts'
import { Time } from './time.tsx'

interface RowProps extends BoardGroup {
  /** Of dead letters that are off the list. */
  readonly state?: 'archived' | 'discarded'
}

/** A group, with a link to its page. */
export function GroupRow({
  source,
  kind,
  group,
  state,
  type,
  reason,
  error,
  events,
  keys,
  ...times
}: RowProps) {
  const t = text.value
  const query = new URLSearchParams({ source, group, kind, ...(state && { state }) })
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
        <small>{t.first}</small> <Time at={times.first_at} />
        <br />
        <small>{t.last}</small> <Time at={times.last_at} />
      </p>
    </li>
  )
}
