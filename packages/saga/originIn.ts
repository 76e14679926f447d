import { currentOrigin, type Origin, withOrigin } from '@relevo/origin'
import type { SagaState } from './state.ts'

/**
 * The cause of a saga's next commands and events: the event being handled or, for a timer, the one that was handled
 * last. The correlation id stays that of the saga's start.
 */
export function originIn({ id, origin }: Pick<SagaState, 'id' | 'origin'>): Origin {
  const current = currentOrigin()
  const correlationId = origin?.ce_correlationid ?? current?.ce_correlationid ?? id
  if (current) current.ce_correlationid ??= correlationId
  return { ...origin, ...current, ce_correlationid: correlationId }
}

/** Does the work; the events that it records get the saga's correlation. */
export function withSaga<T>(saga: Pick<SagaState, 'id' | 'origin'>, work: () => T): T {
  return withOrigin(originIn(saga), work)
}
