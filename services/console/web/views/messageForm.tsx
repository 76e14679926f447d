import { useSignal } from '@preact/signals'
import { text } from '../state.ts'

export type Beginning = 'tail' | 'beginning' | 'offset' | 'time'

/** Which records are read; undefined: whichever. */
export interface MessageFilter {
  readonly partition: number | undefined
  /** In all partitions, also with a key. */
  readonly everywhere?: 'true'
  readonly from: Beginning
  readonly offset?: number | undefined
  readonly time?: string | undefined
  readonly key?: string | undefined
  readonly event?: string | undefined
}

const beginnings: readonly Beginning[] = ['tail', 'beginning', 'offset', 'time']

interface FormProps {
  readonly partitions: number
  readonly isReading: boolean
  readonly onRead: (filter: MessageFilter) => void
}

/** Asks which records to read. */
export function MessageForm({ partitions, isReading, onRead }: FormProps) {
  const t = text.value.kafka
  const from = useSignal<Beginning>('tail')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onRead(readForm(new FormData(event.currentTarget as HTMLFormElement), from.value))
  }
  return (
    <form class="fields" onSubmit={submit}>
      <label>
        {t.from}
        <select
          value={from.value}
          onChange={({ currentTarget }) => {
            from.value = beginnings.find((each) => each === currentTarget.value) ?? 'tail'
          }}
        >
          {beginnings.map((each) => (
            <option key={each} value={each}>
              {t.beginnings[each]}
            </option>
          ))}
        </select>
      </label>
      {from.value === 'offset' && (
        <label>
          {t.offset}
          <input name="offset" type="number" min="0" step="1" required />
        </label>
      )}
      {from.value === 'time' && (
        <label>
          {t.time}
          <input name="time" type="datetime-local" step="1" required />
        </label>
      )}
      <label>
        {t.partition}
        <select name="partition">
          <option value="">{t.automatic}</option>
          <option value="all">{t.all}</option>
          {Array.from({ length: partitions }, (_, n) => (
            <option key={n} value={n}>
              {n}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.key}
        <input name="key" autoComplete="off" />
      </label>
      <label>
        {t.event}
        <input name="event" autoComplete="off" pattern="[0-9a-fA-F\-]{36}" />
      </label>
      <button type="submit" disabled={isReading}>
        {isReading ? text.value.working : t.read}
      </button>
    </form>
  )
}

function readForm(fields: FormData, from: Beginning): MessageFilter {
  const given = (name: string) => String(fields.get(name) ?? '').trim() || undefined
  const [partition, key, time] = [given('partition'), given('key'), given('time')]
  return {
    from,
    partition: partition === undefined || partition === 'all' ? undefined : Number(partition),
    ...(partition === 'all' && { everywhere: 'true' }),
    ...(from === 'offset' && { offset: Number(given('offset')) }),
    ...(from === 'time' && time && { time: new Date(time).toISOString() }),
    key,
    event: given('event'),
  }
}
