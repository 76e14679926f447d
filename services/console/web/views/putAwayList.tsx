import type { PutAway } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { GroupRow } from '../parts/groupRow.tsx'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { go } from '../router.ts'
import { text } from '../state.ts'

const putAwayStates = ['archived', 'discarded'] as const
export type PutAwayState = (typeof putAwayStates)[number]

export function putAwayOf(name: string | null): PutAwayState | undefined {
  return putAwayStates.find((state) => state === name)
}

interface StateProps {
  readonly state: PutAwayState
}

/** The dead letters of a state that are off the list, in groups. */
export function PutAwayList({ state }: StateProps) {
  const t = text.value
  const loaded = useLoaded((signal) => ask<PutAway>('put-away', { query: { state }, signal }), state)
  const { value, problem } = loaded.value
  return (
    <>
      <p class="lead">{t.putAwayLead[state]}</p>
      <Problem of={problem} />
      {!value && !problem && <p role="status">{t.loading}</p>}
      {value && value.silent.length > 0 && (
        <p class="banner">
          {t.nothingKnown} {value.silent.join(', ')}
        </p>
      )}
      {value?.groups.length === 0 && <p class="empty">{t.nothingPutAway}</p>}
      <ul class="rows">
        {value?.groups.map((group) => (
          <GroupRow key={`${group.source} ${group.group}`} {...group} state={state} />
        ))}
      </ul>
    </>
  )
}

/** Which list is shown; it is in the address. */
export function StateFilter({ state }: { readonly state: PutAwayState | undefined }) {
  const t = text.value
  return (
    <div class="buttons">
      <select
        aria-label={t.state}
        value={state ?? ''}
        onChange={({ currentTarget: { value } }) => go(`/undelivered${value && `?state=${value}`}`, 'stay')}
      >
        <option value="">{t.board}</option>
        {putAwayStates.map((each) => (
          <option key={each} value={each}>
            {t.putAway[each]}
          </option>
        ))}
      </select>
    </div>
  )
}
