import type { AuditState, ShardAudit } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { language, text } from '../state.ts'

const everyMs = 15_000

/** Was everything that was recorded acknowledged or quarantined? */
export function AuditView() {
  const t = text.value.audit
  const loaded = useLoaded((signal) => ask<AuditState>('audit', { signal }), '', { everyMs })
  const { value: state, problem } = loaded.value
  return (
    <>
      <Title>{t.title}</Title>
      <p class="lead">{t.lead}</p>
      <Problem of={problem} />
      {!state && !problem && <p role="status">{text.value.loading}</p>}
      {state && <Audited {...state} />}
    </>
  )
}

function Audited({ audited_at, outboxes, silent }: AuditState) {
  const t = text.value.audit
  const wrong = outboxes.filter(({ clean }) => !clean)
  const isKnown = outboxes.length > 0 || silent.length > 0
  return (
    <>
      {wrong.map(({ outbox, shards }) => (
        <Differences key={outbox} outbox={outbox} shards={shards} />
      ))}
      {silent.length > 0 && (
        <p class="banner">
          {t.silent} {silent.join(', ')}
        </p>
      )}
      {!isKnown && <p class="empty">{t.none}</p>}
      {wrong.length === 0 && silent.length === 0 && isKnown && <p class="empty">{t.clean}</p>}
      {outboxes.length > 0 && (
        <Table title={t.outboxes} heads={[text.value.outbox, ...t.counts]} numbers={[1, 2, 3, 4]}>
          {outboxes.map(({ outbox, shards }) => (
            <Counts key={outbox} name={outbox} of={sumOf(shards)} />
          ))}
        </Table>
      )}
      {outboxes.map(({ outbox, shards }) => (
        <details key={outbox}>
          <summary>{t.shardsOf(outbox)}</summary>
          <Table title={t.shardsOf(outbox)} isTitled heads={[t.shard, ...t.counts]} numbers={[1, 2, 3, 4]}>
            {shards.map((shard) => (
              <Counts key={shard.shard} name={String(shard.shard)} of={shard} />
            ))}
          </Table>
        </details>
      ))}
      <p>
        <small>
          {t.auditedAt} <Time at={audited_at} />
        </small>
      </p>
    </>
  )
}

interface DifferencesProps {
  readonly outbox: string
  readonly shards: readonly ShardAudit[]
}

/** What is not as it should be, and what to do about it. */
function Differences({ outbox, shards }: DifferencesProps) {
  const t = text.value.audit
  const sum = (sign: 1 | -1) => shards.reduce((n, { difference }) => n + Math.max(0, sign * difference), 0)
  const [missing, double] = [sum(1), sum(-1)]
  const where = shards.filter(({ difference }) => difference !== 0).map(({ shard }) => shard)
  return (
    <section class="banner" role="alert">
      <p>
        <strong>{outbox}</strong>: {t.inShards(where.join(', '))}
      </p>
      {missing > 0 && (
        <p>
          {t.missing(text.value.events(missing))} <code>npx relevo republish --help</code>
        </p>
      )}
      {double > 0 && <p>{t.double(text.value.events(double))}</p>}
    </section>
  )
}

type Sums = Omit<ShardAudit, 'shard'>

function sumOf(shards: readonly ShardAudit[]): Sums {
  const sum = (of: (shard: ShardAudit) => number) => shards.reduce((n, shard) => n + of(shard), 0)
  return {
    recorded: sum(({ recorded }) => recorded),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    quarantined: sum(({ quarantined }) => quarantined),
    difference: sum(({ difference }) => difference),
  }
}

function Counts({ name, of }: { readonly name: string; readonly of: Sums }) {
  const { recorded, acknowledged, quarantined, difference } = of
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number">
        {difference === 0 ? '0' : <strong>{difference.toLocaleString(language.value)}</strong>}
      </td>
      {[recorded, acknowledged, quarantined].map((count, n) => (
        <td key={n} class="number">
          {count.toLocaleString(language.value)}
        </td>
      ))}
    </tr>
  )
}
