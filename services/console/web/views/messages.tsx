import { useSignal } from '@preact/signals'
import type { KafkaMessage, KafkaMessages } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { ContentOf } from '../parts/content.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { mayAct, text } from '../state.ts'
import { type MessageFilter, MessageForm } from './messageForm.tsx'

interface MessagesProps {
  readonly topic: string
  readonly partitions: number
}

const limit = 50

/** Records of a topic, as far as a read with bounds comes, and what was read. */
export function Messages({ topic, partitions }: MessagesProps) {
  const t = text.value.kafka
  const found = useSignal<KafkaMessages | undefined>(undefined)
  const asked = useSignal<MessageFilter | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const isReading = useSignal(false)
  const read = async (filter: MessageFilter) => {
    isReading.value = true
    try {
      found.value = await ask<KafkaMessages>('kafka/messages', { query: { topic, ...filter, limit } })
      asked.value = filter
      problem.value = undefined
    } catch (error) {
      problem.value = error
    } finally {
      isReading.value = false
    }
  }
  const next = found.value && asked.value && nextOf(asked.value, found.value)
  return (
    <section aria-label={t.messages}>
      <h2>{t.messages}</h2>
      <MessageForm partitions={partitions} isReading={isReading.value} onRead={read} />
      <Problem of={problem.value} />
      {found.value && (
        <>
          <Extent of={found.value} />
          <ul class="rows">
            {found.value.messages.map((message) => (
              <MessageRow key={`${message.partition} ${message.offset}`} message={message} />
            ))}
          </ul>
          {next && (
            <button type="button" class="plain" disabled={isReading.value} onClick={() => read(next)}>
              {t.follow}
            </button>
          )}
        </>
      )}
    </section>
  )
}

/** The read that goes on behind this one: of one partition, since each has offsets of its own. */
function nextOf(filter: MessageFilter, { partitions, stopped }: KafkaMessages): MessageFilter | undefined {
  const [only, another] = partitions
  if (!only || another || stopped === 'end') return undefined
  const { key, event } = filter
  return { partition: only.partition, from: 'offset', offset: only.next, key, event }
}

function Extent({ of: { messages, partitions, stopped, bytes } }: { readonly of: KafkaMessages }) {
  const t = text.value.kafka
  return (
    <div class="extent" role="status">
      <p>
        {messages.length === 0 && <strong>{t.noMessages} </strong>}
        {t.stopped[stopped]} {t.readBytes(bytes)}
      </p>
      <details>
        <summary>{t.partitions}</summary>
        <ul>
          {partitions.map(({ partition, from, next, end }) => (
            <li key={partition}>{t.readSpan(partition, from, next, end)}</li>
          ))}
        </ul>
      </details>
    </div>
  )
}

function MessageRow({ message }: { readonly message: KafkaMessage }) {
  const t = text.value.kafka
  const { partition, offset, time, key, type, event_id, bytes, codec, fault, content } = message
  const name = text.value.partitionAt('', partition, offset).replace(/^, /, '')
  return (
    <li class="row letter">
      <details>
        <summary>
          <span class="id place">
            {partition}:{offset}
          </span>{' '}
          <strong>{type ?? t.noType}</strong> <span class="id">{key ?? t.noKey}</span>{' '}
          <small>
            <Time at={time} /> · {t.bytes(bytes ?? 0)}
            {codec && codec !== 'none' && ` · ${codec}`}
          </small>
        </summary>
        {fault && (
          <p class="error" lang="en">
            {t.fault}: {fault}
          </p>
        )}
        {event_id && (
          <p>
            <small>{t.event}</small> <span class="id">{event_id}</span>
          </p>
        )}
        {content ? (
          <ContentOf {...content} name={name} />
        ) : (
          !mayAct.value && <small>{text.value.logInToSee}</small>
        )}
      </details>
    </li>
  )
}
