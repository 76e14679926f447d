import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { DeedPreview } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { Problem } from './problem.tsx'

export interface DeedProps {
  /** On the button, and above the dialog that it opens. */
  readonly label: string
  /** What it is done to, for who hears the button and not what is around it. */
  readonly of?: string | undefined
  /** On the button that does it. */
  readonly confirm: string
  readonly explain: string
  /** Where it is asked for. */
  readonly path: string
  /** What it is done to. */
  readonly meant: Readonly<Record<string, string | number>>
  /** Undefined: it is one thing, of which nothing is to be counted before. */
  readonly preview?: 'redrive' | 'others' | undefined
  /** It can be done step by step as well. */
  readonly hasSpeeds?: boolean
  /** What is said once it is done. */
  readonly say: (done: number) => string
  readonly onDone?: () => void
}

/** A button that shows what would be done, asks why, and does it. */
export function Deed(props: DeedProps) {
  const { label, of, preview: isCounted, meant } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const preview = useSignal<DeedPreview | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const open = () => {
    preview.value = undefined
    problem.value = undefined
    dialog.current?.showModal()
    if (isCounted === undefined) return
    ask<DeedPreview>('preview', { query: meant }).then(
      (found) => {
        preview.value = found
      },
      (error) => {
        problem.value = error
      },
    )
  }
  return (
    <>
      <button type="button" class={isCounted === 'redrive' && !of ? '' : 'plain'} onClick={open}>
        {label}
        {of && <span class="hidden"> {of}</span>}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <DeedForm
          {...props}
          found={preview.value}
          problem={problem.value}
          onProblem={(error) => {
            problem.value = error
          }}
          onClose={() => dialog.current?.close()}
        />
      </dialog>
    </>
  )
}

interface FormProps extends DeedProps {
  readonly found: DeedPreview | undefined
  readonly problem: unknown
  readonly onProblem: (error: unknown) => void
  readonly onClose: () => void
}

const speeds = [1, 5, 20, 100] as const

function DeedForm(props: FormProps) {
  const {
    label,
    confirm,
    explain,
    path,
    meant,
    preview,
    hasSpeeds,
    say,
    onDone,
    found,
    problem,
    onProblem,
    onClose,
  } = props
  const t = text.value
  const isWorking = useSignal(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const note = String(fields.get('note'))
    const speed = Number(fields.get('per_second'))
    isWorking.value = true
    try {
      const body = { ...meant, note, ...(speed > 0 && { per_second: speed }) }
      const { done, action } = await ask<{ done: number; action?: string }>(path, { method: 'POST', body })
      said.value = action === undefined ? say(done) : t.saidBegun
      form.reset()
      onClose()
      onDone?.()
    } catch (error) {
      onProblem(error)
    } finally {
      isWorking.value = false
    }
  }
  const isReady = preview === undefined || (found !== undefined && countOf(found, preview) > 0)
  return (
    <form onSubmit={submit}>
      <h2>{label}</h2>
      <p>{explain}</p>
      {preview && <Preview of={found} kind={preview} />}
      {hasSpeeds && (
        <label>
          {t.speed}
          <select name="per_second">
            <option value="">{t.atOnce}</option>
            {speeds.map((each) => (
              <option key={each} value={each}>
                {t.perSecond(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t.why}
        <textarea name="note" required maxLength={1000} rows={2} />
        <small>{t.whyHint}</small>
      </label>
      <Problem of={problem} />
      <div class="buttons">
        <button type="button" class="plain" onClick={onClose}>
          {t.cancel}
        </button>
        <button type="submit" disabled={isWorking.value || !isReady}>
          {isWorking.value ? t.working : confirm}
        </button>
      </div>
    </form>
  )
}

type PreviewKind = NonNullable<DeedProps['preview']>

/** What cannot be redriven can be discarded all the same. */
function countOf({ events, impossible }: DeedPreview, kind: PreviewKind): number {
  return kind === 'redrive' ? events : events + impossible
}

function Preview({ of: found, kind }: { readonly of: DeedPreview | undefined; readonly kind: PreviewKind }) {
  const t = text.value
  if (!found) return <p role="status">{t.previewing}</p>
  const { keys, waiting, impossible } = found
  const all = countOf(found, kind)
  const how = keys === 0 ? t.events(all) : t.preview(t.events(all), t.keys(keys))
  return (
    <div class="preview" role="status">
      <p>
        <strong>{all === 0 ? t.nothingToDo : how}</strong>
      </p>
      {kind === 'redrive' && waiting > 0 && <p>{t.waitingFirst(t.events(waiting))}</p>}
      {kind === 'redrive' && impossible > 0 && <p>{t.impossible(t.events(impossible))}</p>}
    </div>
  )
}
