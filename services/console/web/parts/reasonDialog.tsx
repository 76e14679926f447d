import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { text } from '../state.ts'
import { Problem } from './problem.tsx'

interface ReasonProps {
  /** On the button that opens the dialog, and above the dialog. */
  readonly label: string
  /** On the button behind the label: what it is done to. */
  readonly mark?: ComponentChildren
  readonly isMain?: boolean
  /** On the button that does it. */
  readonly confirm: string
  /** May it be done yet? */
  readonly isReady: boolean
  /** What went wrong, here or in what the children show. */
  readonly problem: Signal<unknown>
  /** Further buttons. */
  readonly buttons?: ComponentChildren
  readonly onOpen?: () => void
  /** Does it; the dialog closes unless it throws. */
  readonly onReason: (note: string, fields: FormData) => Promise<void>
  /** What is shown above the reason. */
  readonly children: ComponentChildren
}

/** A button, and the dialog that it opens, which asks for a reason before anything is done. */
export function ReasonDialog(props: ReasonProps) {
  const { label, mark, isMain, problem, onOpen, onReason } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const isWorking = useSignal(false)
  const open = () => {
    problem.value = undefined
    dialog.current?.showModal()
    onOpen?.()
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    isWorking.value = true
    problem.value = undefined
    try {
      await onReason(String(fields.get('note')), fields)
      form.reset()
      dialog.current?.close()
    } catch (error) {
      problem.value = error
    } finally {
      isWorking.value = false
    }
  }
  return (
    <>
      <button type="button" class={isMain ? '' : 'plain'} onClick={open}>
        {label}
        {mark}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <form onSubmit={submit}>
          <Fields {...props} isWorking={isWorking.value} onCancel={() => dialog.current?.close()} />
        </form>
      </dialog>
    </>
  )
}

interface FieldsProps extends ReasonProps {
  readonly isWorking: boolean
  readonly onCancel: () => void
}

function Fields({ label, confirm, isReady, problem, buttons, children, isWorking, onCancel }: FieldsProps) {
  const t = text.value
  return (
    <>
      <h2>{label}</h2>
      {children}
      <label>
        {t.why}
        <textarea name="note" required maxLength={1000} rows={2} />
        <small>{t.whyHint}</small>
      </label>
      <Problem of={problem.value} />
      <div class="buttons">
        <button type="button" class="plain" onClick={onCancel}>
          {t.cancel}
        </button>
        {buttons}
        <button type="submit" disabled={isWorking || !isReady}>
          {isWorking ? t.working : confirm}
        </button>
      </div>
    </>
  )
}
