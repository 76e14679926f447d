import { useSignal } from '@preact/signals'
import type { ListedAction } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { More, usePages } from '../parts/pages.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { mayAct, said, text } from '../state.ts'

interface Page {
  readonly actions: readonly ListedAction[]
  readonly next_cursor?: string
}

/** What operators did. */
export function ActionsView() {
  const t = text.value
  const isRunning = useSignal(false)
  const everyMs = isRunning.value ? 1_000 : 5_000 // others may begin some
  const load = async (cursor?: string, signal?: AbortSignal) => {
    const page = await ask<Page>('actions', { query: { cursor, limit: 50 }, ...(signal && { signal }) })
    if (cursor === undefined) isRunning.value = page.actions.some(isUnderWay)
    return page
  }
  const { pages, isLoading, problem, more } = usePages(load, '', { everyMs })
  return (
    <>
      <Title>{t.actions}</Title>
      <p class="lead">{t.actionsLead}</p>
      <Problem of={problem} />
      {isLoading && <p role="status">{t.loading}</p>}
      {pages[0]?.actions.length === 0 && <p class="empty">{t.actionsEmpty}</p>}
      <ul class="rows">
        {pages.flatMap(({ actions }) => actions.map((action) => <ActionRow key={action.id} {...action} />))}
      </ul>
      <More more={more} />
    </>
  )
}

function isUnderWay({ ended_at, total }: ListedAction): boolean {
  return ended_at === null && total !== null
}

function ActionRow(action: ListedAction) {
  const { asked_at, asked_by, deed, target, meant, note, ended_at, done, problem, abort_asked_by } = action
  const t = text.value
  const name = Object.hasOwn(t.deeds, deed) ? t.deeds[deed as keyof typeof t.deeds] : deed
  return (
    <li class="row action">
      <p class="when">
        <Time at={asked_at} />
        <br />
        <small>
          {t.by} {asked_by}
        </small>
      </p>
      <div class="what">
        <p>
          <strong>{name}</strong> {target}
        </p>
        <p class="id">
          {Object.entries(meant)
            .map(([which, value]) => `${which} ${value}`)
            .join(', ')}
        </p>
        {note && <p>“{note}”</p>}
      </div>
      <div class="where">
        {isUnderWay(action) && <Progress action={action} />}
        {ended_at === null && !isUnderWay(action) && t.unknownOutcome}
        {abort_asked_by !== null && <small> {t.abortedBy(abort_asked_by)} </small>}
        {done !== null && t.doneCount(done)}
        {problem !== null && (
          <>
            {t.failed}: <span lang="en">{problem}</span>
          </>
        )}
      </div>
    </li>
  )
}

function Progress({ action: { action_id, progress, total } }: { readonly action: ListedAction }) {
  const t = text.value
  const problem = useSignal<unknown>(undefined)
  const abort = async () => {
    try {
      await ask(`actions/${action_id}/abort`, { method: 'POST' })
      said.value = t.saidAborted
    } catch (error) {
      problem.value = error
    }
  }
  const shown = t.progress(progress ?? 0, total ?? 0)
  return (
    <>
      <progress aria-label={shown} value={progress ?? 0} max={total ?? 1} />
      <p>{shown}</p>
      {mayAct.value && (
        <button type="button" class="plain" onClick={abort}>
          {t.abort}
        </button>
      )}
      <Problem of={problem.value} />
    </>
  )
}
