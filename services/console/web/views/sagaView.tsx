import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SagaLine, WholeSaga } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { SagaDeeds } from '../parts/deeds.tsx'
import { useLoaded } from '../parts/load.ts'
import { Problem } from '../parts/problem.tsx'
import { SagaDiagram } from '../parts/sagaDiagram.tsx'
import { SagaTrouble } from '../parts/sagaTrouble.tsx'
import { Time } from '../parts/time.tsx'
import { Title } from '../parts/title.tsx'
import { mayAct, text } from '../state.ts'

export interface SagaViewProps {
  readonly service: string
  readonly id: string
}

const reloadMs = 3_000

/** One saga: where it is, how it got there, and what can be done about it. */
export function SagaView({ service, id }: SagaViewProps) {
  const t = text.value
  const version = useSignal(0)
  const load = (signal: AbortSignal) => ask<WholeSaga>('saga', { query: { service, id }, signal })
  const loaded = useLoaded(load, `${version.value} ${mayAct.value}`)
  const { value: saga, problem } = loaded.value
  const isUnderWay = saga !== undefined && saga.ended_at === null
  useEffect(() => {
    if (!isUnderWay) return undefined
    const timer = setInterval(() => version.value++, reloadMs)
    return () => clearInterval(timer)
  }, [isUnderWay])
  return (
    <>
      <p>
        <a href="/sagas">← {t.backToSagas}</a>
      </p>
      <Title>{saga ? `${saga.name} ${saga.key}` : t.sagas}</Title>
      <Problem of={problem} />
      {!saga && !problem && <p role="status">{t.loading}</p>}
      {saga && (
        <>
          <Facts saga={saga} />
          {mayAct.value && saga.status !== 'compensated' && saga.status !== 'givenUp' && (
            <div class="buttons">
              <SagaDeeds service={service} id={id} onDone={() => version.value++} />
            </div>
          )}
          <div class="columns">
            <section>
              <h2>{t.diagram}</h2>
              <SagaDiagram saga={saga} />
            </section>
            <section>
              <h2>{t.history}</h2>
              <ol class="lines">
                {saga.history.map((line) => (
                  <Line key={`${line.at} ${line.kind} ${line.step} ${line.attempt} ${line.undo}`} {...line} />
                ))}
              </ol>
            </section>
          </div>
          <Late saga={saga} />
          <Data saga={saga} />
        </>
      )}
    </>
  )
}

function Facts({ saga }: { readonly saga: WholeSaga }) {
  const t = text.value
  const { service, status, reason, step, undo, due_at, stuck_since, error, waiting } = saga
  return (
    <div class="facts">
      <p>
        <strong>{t.sagaStates[status]}</strong> · {service}
      </p>
      {reason && <p class="reason">{reason}</p>}
      {step && <p>{undo ? t.undoes(step) : t.waitsFor(step)}</p>}
      {due_at && (
        <p>
          {t.dueAt} <Time at={due_at} />
        </p>
      )}
      <SagaTrouble stuck_since={stuck_since} error={error} />
      {waiting.length > 0 && <p>{t.waitingForProcess(waiting.length)}</p>}
    </div>
  )
}

function Line({ at, kind, step, attempt, undo, detail }: SagaLine) {
  const t = text.value
  return (
    <li>
      <p>
        <strong>{t.lines[kind] ?? kind}</strong>
        {step && ` ${step}`}
        {attempt !== null && attempt > 1 && `, ${t.attemptNumber(attempt)}`}
        {undo && `, ${t.undoing}`} <Time at={at} />
      </p>
      {detail && <p class="id">{detail}</p>}
    </li>
  )
}

function Late({ saga: { late_replies } }: { readonly saga: WholeSaga }) {
  const t = text.value
  if (late_replies.length === 0) return null
  return (
    <>
      <h2>{t.lateReplies}</h2>
      <ul class="lines">
        {late_replies.map(({ at, step, attempt, type, treatment }) => (
          <li key={`${at} ${type}`}>
            <p>
              <strong>{type}</strong> {step}
              {attempt !== null && `, ${t.attemptNumber(attempt)}`}: <span lang="en">{treatment}</span>{' '}
              <Time at={at} />
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

function Data({ saga: { data } }: { readonly saga: WholeSaga }) {
  const t = text.value
  if (data === null) return mayAct.value ? null : <p>{t.logInToSee}</p>
  return (
    <>
      <h2>{t.payload}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to */}
      <pre tabIndex={0}>{data}</pre>
    </>
  )
}
