import { GroupRow } from '../parts/groupRow.tsx'
import { Title } from '../parts/title.tsx'
import { place } from '../router.ts'
import { board, text } from '../state.ts'
import { PutAwayList, putAwayOf, StateFilter } from './putAwayList.tsx'

/** Everything that is not delivered, in groups; or, by a filter, what operators took off that list. */
export function BoardView() {
  const t = text.value
  const state = putAwayOf(new URLSearchParams(place.value.search).get('state'))
  return (
    <>
      <Title>{t.board}</Title>
      <StateFilter state={state} />
      {state ? <PutAwayList key={state} state={state} /> : <Board />}
    </>
  )
}

function Board() {
  const t = text.value
  const state = board.value
  return (
    <>
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
