import { useSignal } from '@preact/signals'
import type { KafkaState } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { Table } from '../parts/table.tsx'
import { Title } from '../parts/title.tsx'
import { text } from '../state.ts'

const everyMs = 5_000

/** The brokers, topics and groups of Kafka. */
export function KafkaView() {
  const t = text.value.kafka
  const wanted = useSignal('')
  const loaded = useLoaded((signal) => ask<KafkaState>('kafka', { signal }), '', { everyMs })
  const { value: kafka, problem } = loaded.value
  const isWanted = (name: string) => name.toLowerCase().includes(wanted.value.trim().toLowerCase())
  return (
    <>
      <Title>Kafka</Title>
      <Problem of={problem} />
      {!kafka && !problem && <p role="status">{text.value.loading}</p>}
      {kafka && (
        <>
          <p class="lead">
            {t.cluster} <span class="id">{kafka.cluster_id}</span>
          </p>
          <input
            type="search"
            class="find"
            aria-label={t.find}
            placeholder={t.find}
            onInput={({ currentTarget }) => {
              wanted.value = currentTarget.value
            }}
          />
          <Topics topics={kafka.topics.filter(({ topic }) => isWanted(topic))} />
          <Groups groups={kafka.groups.filter(({ group }) => isWanted(group))} />
          <Brokers brokers={kafka.brokers} />
        </>
      )}
    </>
  )
}

function Topics({ topics }: Pick<KafkaState, 'topics'>) {
  const t = text.value.kafka
  return (
    <>
      <Table
        title={t.topics}
        heads={[t.topic, t.partitions, t.replicas, t.kept, t.size, t.rate]}
        numbers={[1, 2, 3, 4, 5]}
      >
        {topics.map(({ topic, partitions, replicas, behind, messages, bytes, per_second }) => (
          <tr key={topic}>
            <th scope="row">
              <a href={`/kafka/topic?${new URLSearchParams({ topic })}`}>{topic}</a>
              {behind > 0 && <p class="error">{t.behind(behind)}</p>}
            </th>
            <td class="number">{t.count(partitions)}</td>
            <td class="number">{t.count(replicas)}</td>
            <td class="number">{t.count(messages)}</td>
            <td class="number">{t.bytes(bytes)}</td>
            <td class="number">{t.perSecond(per_second)}</td>
          </tr>
        ))}
      </Table>
      {topics.length === 0 && <p class="empty">{t.noTopics}</p>}
    </>
  )
}

function Groups({ groups }: Pick<KafkaState, 'groups'>) {
  const t = text.value.kafka
  return (
    <>
      <Table title={t.groups} heads={[t.group, t.state, t.type, t.lag]} numbers={[3]}>
        {groups.map(({ group, state, type, lag }) => (
          <tr key={group}>
            <th scope="row">
              <a href={`/kafka/group?${new URLSearchParams({ group })}`}>{group}</a>
            </th>
            <td>
              <GroupMark state={state} />
            </td>
            <td>{type}</td>
            <td class="number">{t.count(lag)}</td>
          </tr>
        ))}
      </Table>
      {groups.length === 0 && <p class="empty">{t.noGroups}</p>}
    </>
  )
}

/** Kafka's own word for it, with a sign of whether it consumes. */
export function GroupMark({ state }: { readonly state: string }) {
  const sign = state === 'Stable' ? 'healthy' : state === 'Empty' || state === 'Dead' ? '' : 'unhealthy'
  return (
    <span class={`state ${sign}`} lang="en">
      {state}
    </span>
  )
}

function Brokers({ brokers }: Pick<KafkaState, 'brokers'>) {
  const t = text.value.kafka
  return (
    <Table title={t.brokers} heads={[t.broker, t.address, t.rack, t.leads, t.size]} numbers={[3, 4]}>
      {brokers.map(({ id, host, port, rack, controller, bytes, leads }) => (
        <tr key={id}>
          <th scope="row">
            {id} {controller && <span class="kind">{t.controller}</span>}
          </th>
          <td>{`${host}:${port}`}</td>
          <td>{rack ?? t.none}</td>
          <td class="number">{t.count(leads)}</td>
          <td class="number">{t.bytes(bytes)}</td>
        </tr>
      ))}
    </Table>
  )
}
