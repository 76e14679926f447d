import { useSignal } from '@preact/signals'
import type { ResetPreview } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { ReasonDialog } from './reasonDialog.tsx'

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
  const reset = async (note: string) => {
    const body = { group, topic, ...target.value, note }
    const { done } = await ask<{ done: number }>('kafka/reset', { method: 'POST', body })
    said.value = t.saidReset(done)
    onDone()
  }
  const { value: found } = preview
  return (
    <ReasonDialog
      label={t.reset}
      mark={<span class="id"> {topic}</span>}
      confirm={t.reset}
      isReady={found !== undefined && found.members === 0 && found.again + found.skipped > 0}
      problem={problem}
      onOpen={() => look({ to: 'beginning' })}
      onReason={reset}
    >
      <p>{t.resetLead(group, topic)}</p>
      <p>
        <small>{t.resetHint}</small>
      </p>
      <TargetFields target={target.value} onChange={look} />
      <Shown of={found} />
    </ReasonDialog>
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
