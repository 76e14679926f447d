import type { ComponentChildren } from 'preact'
import type { BoardState, OverviewState } from '../../shapes.ts'
import { Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { board, language, text } from '../state.ts'
import { judge, type Trouble, type Verdict } from '../verdict.ts'
import { Charts } from './charts.tsx'

/** Is everything delivered? */
export function OverviewView() {
  const t = text.value
  const state = board.value
  const overview = state?.overview
  return (
    <>
      <Title>{t.overview}</Title>
      {!state && <p role="status">{t.loading}</p>}
      {state && <VerdictOf state={state} />}
      {state && !overview && <p class="banner">{t.noMonitor}</p>}
      {state && overview && (
        <>
          {overview.stale && <p class="banner">{t.oldFigures}</p>}
          <Tiles overview={overview} undelivered={state.events} />
        </>
      )}
      <Charts />
      {overview && (
        <>
          <Alerts alerts={overview.alerts} />
          <Outboxes outboxes={overview.outboxes} />
          <Groups groups={overview.groups} />
          <Services services={overview.services} />
        </>
      )}
    </>
  )
}

const signs: Readonly<Record<Verdict, string>> = { good: '✓', warning: '!', critical: '✕', unknown: '?' }

/** The answer that the page is there for. */
function VerdictOf({ state }: { readonly state: BoardState }) {
  const t = text.value
  const { verdict, troubles } = judge(state)
  return (
    <div class={`verdict ${verdict === 'unknown' ? 'warning' : verdict}`}>
      <span class="sign" aria-hidden="true">
        {signs[verdict]}
      </span>
      <div>
        <strong>{t.verdicts[verdict]}</strong>
        <ul>
          {troubles.map((trouble) => (
            <li key={JSON.stringify(trouble)}>{say(trouble)}</li>
          ))}
        </ul>
      </div>
    </div>
  )
}

function say(trouble: Trouble): string {
  const t = text.value
  switch (trouble.kind) {
    case 'undelivered':
      return t.troubles.undelivered(t.events(trouble.events))
    case 'unpublished':
    case 'unconsumed':
      return t.troubles[trouble.kind](t.seconds(trouble.seconds))
    case 'kafka':
      return t.kafkaAway
    default:
      return t.troubles[trouble.kind](trouble.service)
  }
}

function Tile({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface TilesProps {
  readonly overview: OverviewState
  readonly undelivered: number
}

function Tiles({ overview, undelivered }: TilesProps) {
  const t = text.value
  const { outboxes, groups, shop, published_per_second } = overview
  const oldest = Math.max(0, ...outboxes.map(({ oldest_seconds }) => oldest_seconds))
  const backlog = outboxes.reduce((sum, { events }) => sum + events, 0)
  const lag = groups.reduce((sum, group) => sum + group.lag, 0)
  const money =
    shop &&
    new Intl.NumberFormat(language.value, { style: 'currency', currency: shop.revenue.currency }).format(
      shop.revenue.confirmed,
    )
  return (
    <dl class="tiles">
      <Tile label={t.notDelivered}>
        <a href="/undelivered">{t.events(undelivered)}</a>
      </Tile>
      <Tile label={t.published}>{t.perSecond(published_per_second)}</Tile>
      <Tile label={t.backlog}>
        {t.events(backlog)}
        {backlog > 0 && <small> {t.oldestSince(oldest)}</small>}
      </Tile>
      <Tile label={t.lag}>{t.events(lag)}</Tile>
      {shop && (
        <Tile label={t.ordersNow}>
          {t.orders(shop.created)} <small>{t.confirmedFor(shop.confirmed, money ?? '')}</small>
        </Tile>
      )}
    </dl>
  )
}

function Alerts({ alerts }: Pick<OverviewState, 'alerts'>) {
  const t = text.value
  return (
    <>
      <h2>{t.alerts}</h2>
      {alerts.length === 0 && <p>{t.noAlerts}</p>}
      <ul class="rows">
        {alerts.map(({ kind, severity, subject, message, opened_at }) => (
          <li key={`${kind} ${subject}`} class="row letter">
            <p>
              <span class={`kind ${severity}`}>{t.severities[severity]}</span> <strong>{subject}</strong>{' '}
              <span lang="en">{message}</span>
            </p>
            <p>
              <Time at={opened_at} />
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

function Outboxes({ outboxes }: Pick<OverviewState, 'outboxes'>) {
  const t = text.value
  return (
    <Table title={t.outboxes} heads={[t.outbox, t.relay, t.backlog, t.oldest, t.lease, t.stalled]}>
      {outboxes.map((outbox) => (
        <tr key={`${outbox.relay} ${outbox.name}`}>
          <th scope="row">{outbox.name}</th>
          <td>{outbox.relay}</td>
          <td>{t.events(outbox.events)}</td>
          <td>{t.seconds(outbox.oldest_seconds)}</td>
          <td>{t.seconds(outbox.lease_age_seconds)}</td>
          <td>{outbox.stalled_shards}</td>
        </tr>
      ))}
    </Table>
  )
}

function Groups({ groups }: Pick<OverviewState, 'groups'>) {
  const t = text.value
  return (
    <Table title={t.consumers} heads={[t.group, t.service, t.lag, t.lagSeconds]}>
      {groups.map(({ group, service, lag, lag_seconds }) => (
        <tr key={`${service} ${group}`}>
          <th scope="row">{group}</th>
          <td>{service}</td>
          <td>{t.events(lag)}</td>
          <td>{t.seconds(lag_seconds)}</td>
        </tr>
      ))}
    </Table>
  )
}

function Services({ services }: Pick<OverviewState, 'services'>) {
  const t = text.value
  return (
    <Table title={t.services} heads={[t.service, t.state, t.since, t.uptime]}>
      {services.map(({ service, status, reason, since, uptime_percent }) => (
        <tr key={service}>
          <th scope="row">{service}</th>
          <td>
            <span class={`state ${status}`}>{t.states[status]}</span>
            {status !== 'healthy' && (
              <>
                {' '}
                <small lang="en">{reason}</small>
              </>
            )}
          </td>
          <td>
            <Time at={since} />
          </td>
          <td>{uptime_percent === null ? t.unknown : t.percent(uptime_percent)}</td>
        </tr>
      ))}
    </Table>
  )
}
