import type { SessionState } from '../shapes.ts'
import { askOnce } from './request.ts'
import { session } from './session.ts'

let renewal: ReturnType<typeof setTimeout> | undefined

/** Asks who looks at the pages, again whenever the session has to be renewed. One window of the browser at a time. */
export async function loadSession(): Promise<void> {
  // The token that renews a session is of use once. Where there are no locks, the console keeps its answers for a minute.
  const load = () => askOnce<SessionState>('session')
  const asked = navigator.locks ? navigator.locks.request('session', load) : load()
  const found = await asked.catch(() => session.value)
  session.value = found
  clearTimeout(renewal)
  if (found?.renew_at) {
    const leftMs = Date.parse(found.renew_at) - Date.now()
    renewal = setTimeout(loadSession, Math.max(1_000, leftMs))
  }
}
