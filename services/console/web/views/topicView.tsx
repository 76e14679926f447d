import { useSignal } from '@preact/signals'
import type { KafkaTopicState } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { Table } from '../parts/table.tsx'
import { Title } from '../parts/title.tsx'
import { text } from '../state.ts'
import { GroupMark } from './kafkaView.tsx'
import { Messages } from './messages.tsx'

const everyMs = 5_000

/** A topic: its records, partitions, groups and settings. */
export function TopicView({ topic }: { readonly topic: string }) {
  const t = text.value.kafka
  const load = (signal: AbortSignal) => ask<KafkaTopicState>('kafka/topic', { query: { topic }, signal })
  const loaded = useLoaded(load, topic, { everyMs })
  const { value: state, problem } = loaded.value
  return (
    <>
      <p>
        <a href="/kafka">← {t.back}</a>
      </p>
      <Title>{topic}</Title>
      <Problem of={problem} />
      {!state && !problem && <p role="status">{text.value.loading}</p>}
      <Messages topic={topic} partitions={state?.partitions.length ?? 0} />
      {state && (
        <>
          <Partitions partitions={state.partitions} />
          <Groups groups={state.groups} />
          <Settings settings={state.settings} />
        </>
      )}
    </>
  )
}

function Partitions({ partitions }: Pick<KafkaTopicState, 'partitions'>) {
  const t = text.value.kafka
  return (
    <Table
      title={t.partitions}
      heads={[t.partition, t.leader, t.replicas, t.inSync, t.offsets, t.kept, t.size]}
      numbers={[4, 5, 6]}
    >
      {partitions.map(({ partition, leader, replicas, in_sync, start, end, bytes }) => (
        <tr key={partition}>
          <th scope="row">{partition}</th>
          <td>{leader < 0 ? t.none : leader}</td>
          <td>{replicas.join(', ')}</td>
          <td class={in_sync.length < replicas.length ? 'error' : ''}>{in_sync.join(', ')}</td>
          <td class="number">
            {t.count(start)} – {t.count(end)}
          </td>
          <td class="number">{t.count(end - start)}</td>
          <td class="number">{t.bytes(bytes)}</td>
        </tr>
      ))}
    </Table>
  )
}

function Groups({ groups }: Pick<KafkaTopicState, 'groups'>) {
  const t = text.value.kafka
  if (groups.length === 0) return null
  return (
    <Table title={t.groups} heads={[t.group, t.state, t.lag]} numbers={[2]}>
      {groups.map(({ group, state, lag }) => (
        <tr key={group}>
          <th scope="row">
            <a href={`/kafka/group?${new URLSearchParams({ group })}`}>{group}</a>
          </th>
          <td>
            <GroupMark state={state} />
          </td>
          <td class="number">{t.count(lag)}</td>
        </tr>
      ))}
    </Table>
  )
}

function Settings({ settings }: Pick<KafkaTopicState, 'settings'>) {
  const t = text.value.kafka
  const isWhole = useSignal(false)
  const own = settings.filter(({ own }) => own)
  const shown = isWhole.value ? settings : own
  return (
    <>
      <Table title={t.settings} heads={[t.setting, t.value]}>
        {shown.map(({ name, value, own }) => (
          <tr key={name}>
            <th scope="row" class="id">
              {name} {own && isWhole.value && <span class="kind">{t.topic}</span>}
            </th>
            <td class="id">{value ?? '•••'}</td>
          </tr>
        ))}
      </Table>
      {shown.length === 0 && <p class="empty">{t.noOwnSettings}</p>}
      <div class="buttons">
        <button
          type="button"
          class="plain"
          onClick={() => {
            isWhole.value = !isWhole.value
          }}
        >
          {isWhole.value ? t.ownSettings : t.defaults(settings.length - own.length)}
        </button>
      </div>
    </>
  )
}
