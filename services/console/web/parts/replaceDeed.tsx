import { useSignal } from '@preact/signals'
import type { Content, Replacement } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { ReasonDialog } from './reasonDialog.tsx'

interface ReplaceProps {
  readonly source: string
  readonly id: number
  /** The letter, for who hears the button and not what is around it. */
  readonly of: string
}

/** A button that puts a new event, with an edited payload, in the place of a dead letter once it has shown what it would be. */
export function ReplaceDeed({ source, id, of }: ReplaceProps) {
  const t = text.value
  const payload = useSignal('')
  const preview = useSignal<Replacement | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const attempt = async (work: () => Promise<void>) => {
    problem.value = undefined
    preview.value = undefined
    await work().catch((error) => {
      problem.value = error
    })
  }
  const load = () =>
    attempt(async () => {
      const { payload: found } = await ask<Content>('letter', { query: { source, id } })
      payload.value = found.kind === 'json' ? found.text : ''
    })
  const send = (note: string, dry_run: boolean) => {
    const body = { source, id, payload: payload.value, note, dry_run }
    return ask<Replacement>('letter/replace', { method: 'POST', body })
  }
  const check = () =>
    attempt(async () => {
      preview.value = await send(t.deeds.replace, true)
    })
  const replace = async (note: string) => {
    const { event_id } = await send(note, false)
    said.value = t.saidReplaced(event_id ?? '')
  }
  return (
    <ReasonDialog
      label={t.replaceIt}
      mark={<span class="hidden"> {of}</span>}
      confirm={t.deeds.replace}
      isReady={preview.value !== undefined}
      problem={problem}
      buttons={
        <button type="button" class="plain" onClick={check}>
          {t.check}
        </button>
      }
      onOpen={load}
      onReason={replace}
    >
      <p>{t.replaceLead}</p>
      <label>
        {t.payload}
        <textarea
          class="payload"
          required
          rows={12}
          spellcheck={false}
          value={payload.value}
          onInput={({ currentTarget }) => {
            payload.value = currentTarget.value
            preview.value = undefined
          }}
        />
        <small>{t.replaceMasked}</small>
      </label>
      {preview.value && <Shown {...preview.value} />}
    </ReasonDialog>
  )
}

function Shown({ type, key, waiting }: Replacement) {
  const t = text.value
  return (
    <div class="preview" role="status">
      <p>
        <strong>{t.newEvent(type, key)}</strong>
      </p>
      {waiting > 0 && <p>{t.waitingFirst(t.events(waiting))}</p>}
    </div>
  )
}
