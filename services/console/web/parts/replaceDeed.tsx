import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Content, Replacement } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { Problem } from './problem.tsx'

interface ReplaceProps {
  readonly source: string
  readonly id: number
  /** The letter, for who hears the button and not what is around it. */
  readonly of: string
}

/** A button that puts a new event, with an edited payload, in the place of a dead letter once it has shown what it would be. */
export function ReplaceDeed({ source, id, of }: ReplaceProps) {
  const t = text.value
  const dialog = useRef<HTMLDialogElement>(null)
  const payload = useSignal('')
  const preview = useSignal<Replacement | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const attempt = async (work: () => Promise<void>) => {
    problem.value = undefined
    await work().catch((error) => {
      problem.value = error
    })
  }
  const open = () => {
    preview.value = undefined
    dialog.current?.showModal()
    return attempt(async () => {
      const { payload: found } = await ask<Content>('letter', { query: { source, id } })
      payload.value = found.kind === 'json' ? found.text : ''
    })
  }
  const send = (note: string, dry_run: boolean) => {
    const body = { source, id, payload: payload.value, note, dry_run }
    return ask<Replacement>('letter/replace', { method: 'POST', body })
  }
  const check = () =>
    attempt(async () => {
      preview.value = undefined
      preview.value = await send(t.deeds.replace, true)
    })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    return attempt(async () => {
      const { event_id } = await send(String(new FormData(form).get('note')), false)
      said.value = t.saidReplaced(event_id ?? '')
      form.reset()
      dialog.current?.close()
    })
  }
  return (
    <>
      <button type="button" class="plain" onClick={open}>
        {t.replaceIt}
        <span class="hidden"> {of}</span>
      </button>
      <dialog ref={dialog} aria-label={t.replaceIt}>
        <form onSubmit={submit}>
          <h2>{t.replaceIt}</h2>
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
          <label>
            {t.why}
            <textarea name="note" required maxLength={1000} rows={2} />
            <small>{t.whyHint}</small>
          </label>
          {preview.value && <Shown {...preview.value} />}
          <Problem of={problem.value} />
          <div class="buttons">
            <button type="button" class="plain" onClick={() => dialog.current?.close()}>
              {t.cancel}
            </button>
            <button type="button" class="plain" onClick={check}>
              {t.check}
            </button>
            <button type="submit" disabled={!preview.value}>
              {t.deeds.replace}
            </button>
          </div>
        </form>
      </dialog>
    </>
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
