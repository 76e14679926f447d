import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { ask } from '../ask.ts'
import { loadSession, text } from '../state.ts'
import { Problem } from './problem.tsx'

export async function endSession(): Promise<void> {
  await ask('session', { method: 'DELETE' }).catch(() => undefined)
  await loadSession()
}

/** A button that opens the log-in. */
export function LogIn() {
  const t = text.value
  const dialog = useRef<HTMLDialogElement>(null)
  const problem = useSignal<unknown>(undefined)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    try {
      const body = { token: String(fields.get('token')), name: String(fields.get('name')) }
      await ask('session', { method: 'POST', body })
      form.reset()
      dialog.current?.close()
      await loadSession()
    } catch (error) {
      problem.value = error
    }
  }
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        {t.logIn}
      </button>
      <dialog ref={dialog} aria-labelledby="log-in">
        <form onSubmit={submit}>
          <h2 id="log-in">{t.logIn}</h2>
          <p>{t.logInLead}</p>
          <label>
            {t.name}
            <input name="name" required maxLength={100} autoComplete="username" />
            <small>{t.nameHint}</small>
          </label>
          <label>
            {t.token}
            <input name="token" type="password" required maxLength={4096} autoComplete="current-password" />
          </label>
          <Problem of={problem.value} />
          <div class="buttons">
            <button type="button" class="plain" onClick={() => dialog.current?.close()}>
              {t.cancel}
            </button>
            <button type="submit">{t.logIn}</button>
          </div>
        </form>
      </dialog>
    </>
  )
}
