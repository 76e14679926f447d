import type { OutboxEventShown } from '../../shapes.ts'
import { text } from '../state.ts'

const signs = { waiting: 'unhealthy', failing: 'down', published: 'healthy' } as const

/** Whether an event is in Kafka. */
export function EventMark({ state }: Pick<OutboxEventShown, 'state'>) {
  return <span class={`state ${signs[state]}`}>{text.value.found.states[state]}</span>
}
