import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { ResetPreview } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { Problem } from './problem.tsx'

interface ResetProps {
  readonly group: string
  readonly topic: string
  readonly onDone: () => void
}

const places = ['beginning', 'end', 'time'] as const

interface Target {
  readonly to: (typeof places)[number]
  readonly time?: string
}

/** A button that moves the offsets of a group, once it has shown what that would do. */
export function ResetDeed({ group, topic, onDone }: ResetProps) {
  const t = text.value.kafka
  const dialog = useRef<HTMLDialogElement>(null)
  const preview = useSignal<ResetPreview | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const target = useSignal<Target>({ to: 'beginning' })
  const look = async (next: Target) => {
    target.value = next
    preview.value = undefined
    problem.value = undefined
    if (next.to === 'time' && next.time === undefined) return
    try {
      const found = await ask<ResetPreview>('kafka/reset', { query: { group, topic, ...next } })
      if (target.value === next) preview.value = found
    } catch (error) {
      problem.value = error
    }
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const note = String(new FormData(form).get('note'))
    try {
      const body = { group, topic, ...target.value, note }
      const { done } = await ask<{ done: number }>('kafka/reset', { method: 'POST', body })
      said.value = t.saidReset(done)
      form.reset()
      dialog.current?.close()
      onDone()
    } catch (error) {
      problem.value = error
    }
  }
  const { value: found } = preview
  const isReady = found !== undefined && found.members === 0 && found.again + found.skipped > 0
  return (
    <>
      <button
        type="button"
        class="plain"
        onClick={() => {
          dialog.current?.showModal()
          void look({ to: 'beginning' })
        }}
      >
        {t.reset} <span class="id">{topic}</span>
      </button>
      <dialog ref={dialog} aria-label={`${t.reset} ${topic}`}>
        <form onSubmit={submit}>
          <h2>{t.reset}</h2>
          <p>{t.resetLead(group, topic)}</p>
          <p>
            <small>{t.resetHint}</small>
          </p>
          <TargetFields target={target.value} onChange={look} />
          <Shown of={found} />
          <label>
            {text.value.why}
            <textarea name="note" required maxLength={1000} rows={2} />
            <small>{text.value.whyHint}</small>
          </label>
          <Problem of={problem.value} />
          <div class="buttons">
            <button type="button" class="plain" onClick={() => dialog.current?.close()}>
              {text.value.cancel}
            </button>
            <button type="submit" disabled={!isReady}>
              {t.reset}
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}

interface FieldsProps {
  readonly target: Target
  readonly onChange: (target: Target) => void
}

function TargetFields({ target, onChange }: FieldsProps) {
  const t = text.value.kafka
  return (
    <>
      <label>
        {t.to}
        <select
          value={target.to}
          onChange={({ currentTarget }) => {
            onChange({ to: places.find((each) => each === currentTarget.value) ?? 'beginning' })
          }}
        >
          {places.map((each) => (
            <option key={each} value={each}>
              {t.places[each]}
            </option>
          ))}
        </select>
      </label>
      {target.to === 'time' && (
        <label>
          {t.time}
          <input
            type="datetime-local"
            step="1"
            required
            onChange={({ currentTarget: { value } }) => {
              if (value) onChange({ to: 'time', time: new Date(value).toISOString() })
            }}
          />
        </label>
      )}
    </>
  )
}

function Shown({ of: found }: { readonly of: ResetPreview | undefined }) {
  const t = text.value.kafka
  if (!found) return <p role="status">{text.value.previewing}</p>
  const { members, again, skipped } = found
  return (
    <div class="preview" role="status">
      {members > 0 && <p class="error">{t.hasMembers(members)}</p>}
      {again > 0 && <p>{t.again(again)}</p>}
      {skipped > 0 && (
        <p>
          <strong>{t.skipped(skipped)}</strong>
        </p>
      )}
      {again + skipped === 0 && <p>{t.nothing}</p>}
    </div>
  )
}
