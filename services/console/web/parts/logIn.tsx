import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { ask } from '../ask.ts'
import { loadSession } from '../loadSession.ts'
import { text } from '../state.ts'
import { Problem } from './problem.tsx'

export async function endSession(): Promise<void> {
  await ask('session', { method: 'DELETE' }).catch(() => undefined)
  await loadSession()
}

interface LogInProps {
  /** The better one first. */
  readonly ways: readonly ('account' | 'token')[]
}

/** A button that opens the log-in. */
export function LogIn({ ways }: LogInProps) {
  const t = text.value
  const dialog = useRef<HTMLDialogElement>(null)
  const problem = useSignal<unknown>(undefined)
  const way = useSignal(ways[0] ?? 'token')
  const other = ways.find((each) => each !== way.value)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    try {
      await ask('session', { method: 'POST', body: Object.fromEntries(fields) })
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
          <p>{t.logInLead[way.value]}</p>
          {way.value === 'account' ? <AccountFields /> : <TokenFields />}
          <Problem of={problem.value} />
          {other && (
            <button
              type="button"
              class="plain"
              onClick={() => {
                way.value = other
                problem.value = undefined
              }}
            >
              {t.logInBy[other]}
            </button>
          )}
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

function AccountFields() {
  const t = text.value
  return (
    <>
      <label>
        {t.email}
        <input name="email" type="email" required maxLength={254} autoComplete="username" />
      </label>
      <label>
        {t.password}
        <input name="password" type="password" required maxLength={512} autoComplete="current-password" />
      </label>
    </>
  )
}

function TokenFields() {
  const t = text.value
  return (
    <>
      <label>
        {t.name}
        <input name="name" required maxLength={100} autoComplete="username" />
        <small>{t.nameHint}</small>
      </label>
      <label>
        {t.token}
        <input name="token" type="password" required maxLength={4096} autoComplete="current-password" />
      </label>
    </>
  )
}
