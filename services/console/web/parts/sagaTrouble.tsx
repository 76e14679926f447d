import type { ListedSaga } from '../../shapes.ts'
import { text } from '../state.ts'
import { Time } from './time.tsx'

/** Since when a saga is stuck, and what went wrong last. */
export function SagaTrouble({ stuck_since, error }: Pick<ListedSaga, 'stuck_since' | 'error'>) {
  return (
    <>
      {stuck_since && (
        <p class="error">
          {text.value.stuckSince} <Time at={stuck_since} />
        </p>
      )}
      {error && (
        <p class="error" lang="en">
          {error}
        </p>
      )}
    </>
  )
}
