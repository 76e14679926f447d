import { loadSession } from './loadSession.ts'
import { askOnce, type Question, Refusal } from './request.ts'
import { session } from './session.ts'

/**
 * Asks the console. Where a session does not hold any more it is looked at, and the question asked once again: it may
 * only have to be renewed. @throws Refusal with what it says; status 0 when it does not answer.
 */
export async function ask<T>(path: string, question: Question = {}): Promise<T> {
  const wasOperator = session.value?.operator
  try {
    return await askOnce<T>(path, question)
  } catch (error) {
    if (!wasOperator || path === 'session' || !(error instanceof Refusal) || error.status !== 401) throw error
    await loadSession()
    if (session.value?.operator !== wasOperator) throw error
    return askOnce<T>(path, question)
  }
}
