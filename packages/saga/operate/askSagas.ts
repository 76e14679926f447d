import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '@relevo/outbox'
import { SagaError } from '../sagaError.ts'
import { parkFor, type Request, type SagaFilter } from '../sql/findSagas.ts'
import { readAnswers } from '../sql/readAnswers.ts'
import type { CommandResult, OperatorCommand } from '../state.ts'
import { toJson } from '../storable.ts'

export interface Asked extends Request {
  /** Undefined: no process has carried it out in time. The request remains. */
  readonly result: CommandResult | undefined
  /** Why it could not be carried out so far. */
  readonly error: string | undefined
}

export interface AskOptions {
  /** Why: kept in the sagas' histories. */
  readonly note: string
  /** How long to wait for the outcome; default 10 s. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
  /** Called once the request is stored, for example to wake the process that carries it out. */
  readonly onAsked?: () => void
}

const mostNote = 2_000
const pollMs = 50

/**
 * Requests `retry` (another attempt now), `compensate` or `giveUp` for at most 1,000 sagas, and returns the outcome. A
 * process with their definitions carries it out. Without `id` or a status it only affects sagas under way.
 * @throws SagaError `invalidInput` if the note is empty or too long; the errors of `client`.
 */
export async function askSagas(
  client: Queryable,
  filter: SagaFilter,
  command: OperatorCommand,
  { note, waitMs = 10_000, signal, onAsked }: AskOptions,
): Promise<Asked[]> {
  if (note.trim() === '' || note.length > mostNote)
    throw new SagaError('invalidInput', `Say why, in at most ${mostNote} characters.`)
  const requests = await parkFor(client, filter, toJson({ kind: 'operator', command, note }, 'The note'))
  onAsked?.()
  const ids = requests.map(({ requestId }) => requestId)
  const deadline = performance.now() + waitMs
  for (;;) {
    const answers = new Map((await readAnswers(client, ids)).map((answer) => [answer.id, answer]))
    const isDone = ids.every((id) => answers.get(id)?.result)
    if (isDone || performance.now() > deadline || signal?.aborted)
      return requests.map((request) => {
        const { result, error } = answers.get(request.requestId) ?? { result: null, error: null }
        return { ...request, result: result ?? undefined, error: error ?? undefined }
      })
    await delay(pollMs, undefined, signal ? { signal } : {}).catch(() => {})
  }
}
