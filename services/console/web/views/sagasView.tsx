import type { ListedSaga, SagaStatus } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { More, usePages } from '../parts/pages.tsx'
import { Problem } from '../parts/problem.tsx'
import { SagaTrouble } from '../parts/sagaTrouble.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { go, place } from '../router.ts'
import { text } from '../state.ts'

interface Page {
  readonly services: readonly string[]
  readonly sagas: readonly ListedSaga[]
  readonly next_cursor?: string
}

const statuses: readonly SagaStatus[] = ['running', 'compensating', 'completed', 'compensated', 'givenUp']

/** Sagas by state; the filters are in the address. */
export function SagasView() {
  const t = text.value
  const { searchParams, search } = place.value
  const [service, status] = [searchParams.get('service'), searchParams.get('status')]
  const stuck = searchParams.get('stuck') === 'true'
  const load = (cursor?: string, signal?: AbortSignal) => {
    const filter = {
      service: service ?? undefined,
      status: status ?? undefined,
      stuck: stuck ? 'true' : undefined,
    }
    return ask<Page>('sagas', { query: { ...filter, cursor, limit: 50 }, ...(signal && { signal }) })
  }
  const { pages, isLoading, problem, more } = usePages(load, search)
  const [value] = pages
  return (
    <>
      <Title>{t.sagas}</Title>
      <Filters services={value?.services ?? []} service={service} status={status} stuck={stuck} />
      <Problem of={problem} />
      {isLoading && <p role="status">{t.loading}</p>}
      {value?.services.length === 0 && <p class="empty">{t.noSagaService}</p>}
      {value && value.services.length > 0 && value.sagas.length === 0 && <p class="empty">{t.noSagas}</p>}
      <ul class="rows">
        {pages.flatMap(({ sagas }) => sagas.map((saga) => <SagaRow key={saga.id} saga={saga} />))}
      </ul>
      <More more={more} />
    </>
  )
}

interface FiltersProps {
  readonly services: readonly string[]
  readonly service: string | null
  readonly status: string | null
  readonly stuck: boolean
}

function Filters({ services, service, status, stuck }: FiltersProps) {
  const t = text.value
  const set = (name: string, value: string) => {
    const query = new URLSearchParams(place.value.search)
    if (value === '') query.delete(name)
    else query.set(name, value)
    go(`/sagas?${query}`, 'stay')
  }
  return (
    <div class="buttons">
      {services.length > 1 && (
        <select
          aria-label={t.service}
          value={service ?? services[0] ?? ''}
          onChange={({ currentTarget }) => set('service', currentTarget.value)}
        >
          {services.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      )}
      <select
        aria-label={t.state}
        value={status ?? ''}
        onChange={({ currentTarget }) => set('status', currentTarget.value)}
      >
        <option value="">{t.allStates}</option>
        {statuses.map((each) => (
          <option key={each} value={each}>
            {t.sagaStates[each]}
          </option>
        ))}
      </select>
      <label class="inline">
        <input
          type="checkbox"
          checked={stuck}
          onChange={({ currentTarget }) => set('stuck', currentTarget.checked ? 'true' : '')}
        />
        {t.onlyStuck}
      </label>
    </div>
  )
}

function SagaRow({ saga }: { readonly saga: ListedSaga }) {
  const t = text.value
  const { service, id, name, status, reason, step, undo, stuck_since, error, started_at } = saga
  const query = new URLSearchParams({ service, id })
  return (
    <li class="row">
      <p class="count">{t.sagaStates[status]}</p>
      <div class="what">
        <a href={`/saga?${query}`}>
          <strong>{name}</strong> <span class="id">{saga.key}</span>
        </a>
        <SagaTrouble stuck_since={stuck_since} error={error} />
        {reason && <p class="reason">{reason}</p>}
      </div>
      <p class="where">{step && (undo ? t.undoes(step) : t.waitsFor(step))}</p>
      <p class="when">
        <Time at={started_at} />
      </p>
    </li>
  )
}
