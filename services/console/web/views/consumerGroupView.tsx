import { useSignal } from '@preact/signals'
import type { KafkaGroupState } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { ResetDeed } from '../parts/resetDeed.tsx'
import { Table } from '../parts/table.tsx'
import { Title } from '../parts/title.tsx'
import { mayAct, text } from '../state.ts'
import { GroupMark } from './kafkaView.tsx'

const everyMs = 5_000

/** A consumer group: its members, and where it stands. */
export function ConsumerGroupView({ group }: { readonly group: string }) {
  const t = text.value.kafka
  const version = useSignal(0)
  const load = (signal: AbortSignal) => ask<KafkaGroupState>('kafka/group', { query: { group }, signal })
  const loaded = useLoaded(load, `${group} ${version.value}`, { everyMs })
  const { value: state, problem } = loaded.value
  const topics = [...new Set(state?.offsets.map(({ topic }) => topic))]
  return (
    <>
      <p>
        <a href="/kafka">← {t.back}</a>
      </p>
      <Title>{group}</Title>
      <Problem of={problem} />
      {!state && !problem && <p role="status">{text.value.loading}</p>}
      {state && (
        <>
          <div class="facts">
            <p>
              <GroupMark state={state.state} /> · {state.type}
            </p>
          </div>
          {mayAct.value && topics.length > 0 && (
            <div class="buttons">
              {topics.map((topic) => (
                <ResetDeed
                  key={topic}
                  group={group}
                  topic={topic}
                  onDone={() => {
                    version.value++
                  }}
                />
              ))}
            </div>
          )}
          <Offsets offsets={state.offsets} />
          <Members members={state.members} />
        </>
      )}
    </>
  )
}

function Offsets({ offsets }: Pick<KafkaGroupState, 'offsets'>) {
  const t = text.value.kafka
  return (
    <Table
      title={t.offsets}
      heads={[t.topic, t.partition, t.committed, t.offsets, t.lag]}
      numbers={[1, 2, 3, 4]}
    >
      {offsets.map(({ topic, partition, committed, start, end, lag }) => (
        <tr key={`${topic} ${partition}`}>
          <th scope="row">
            <a href={`/kafka/topic?${new URLSearchParams({ topic })}`}>{topic}</a>
          </th>
          <td class="number">{partition}</td>
          <td class="number">{committed === null ? t.none : t.count(committed)}</td>
          <td class="number">
            {t.count(start)} – {t.count(end)}
          </td>
          <td class="number">{t.count(lag)}</td>
        </tr>
      ))}
    </Table>
  )
}

function Members({ members }: Pick<KafkaGroupState, 'members'>) {
  const t = text.value.kafka
  return (
    <>
      <Table title={t.members} heads={[t.client, t.address, t.partitions]}>
        {members.map(({ member, client, host, partitions }) => (
          <tr key={member}>
            <th scope="row">
              {client}
              <br />
              <small class="id">{member}</small>
            </th>
            <td>{host}</td>
            <td class="id">{partitions.join(', ') || t.none}</td>
          </tr>
        ))}
      </Table>
      {members.length === 0 && <p class="empty">{t.noMembers}</p>}
    </>
  )
}
