import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { eventually, forAllTests } from '@relevo/testing'
import { failingConsumer, logInTo, rejectedOutbox, runningConsole } from './consoleHarness.ts'
import { timeOfId } from './events/timeOfId.ts'
import { mergeSpans } from './events/traceEvent.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

/** An event that took effect in a consumer, and one that followed from it, as if that had recorded it. */
const stack = forAllTests(async (t) => {
  const [consumer, outbox] = await Promise.all([failingConsumer(t), rejectedOutbox(t)])
  await consumer.heal()
  const services = { 'message-processor': consumer, relay: outbox }
  const console = await runningConsole(t, services, { TRACE_URL: 'https://jaeger.example/trace/{traceId}' })
  const { topic } = consumer
  const record = async (key: string, headers?: Record<string, string>) => {
    const payload = { content: key, email: 'ana@example.com' }
    const event = { topic, key, type: 'message.created', payload, ...(headers && { headers }) }
    return (await enqueue(outbox.pool, [event]))[0]?.eventId ?? ''
  }
  const first = await record('first')
  await eventually(async () => (await consumer.messages()).length === 1)
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
  const second = await record('second', { ce_causationid: first, ce_correlationid: first, traceparent })
  await eventually(async () => (await consumer.messages()).length === 2)
  return { console, outbox, consumer, first, second, topic }
})

test('events are found in the outboxes by each of their marks, and how far it was searched is told', async () => {
  const { console, first, second, topic } = stack()
  const found = async (query: string) => {
    const { body } = await console.ask(`/console/events?${query}`)
    return body.events.map((event: { event_id: string }) => event.event_id)
  }
  assert.deepEqual(await found(`event_id=${first}`), [first])
  assert.deepEqual(await found('key=second'), [second])
  assert.deepEqual(await found(`topic=${topic}`), [second, first])
  assert.deepEqual(await found(`correlation_id=${first}`), [second])
  assert.deepEqual(await found('type=nothing'), [])
  const { body } = await console.ask('/console/events?key=first')
  assert.deepEqual(body.searched, [{ outbox: body.events[0].outbox, to: body.searched[0].to, more: false }])
  assert.deepEqual([body.events[0].state, body.events[0].content], ['published', null])
  const headers = await logInTo(console)
  const whole = await console.ask('/console/events?key=first', { headers })
  assert.deepEqual(JSON.parse(whole.body.events[0].content.payload.text), { content: 'first', email: '•••' })
})

test('an event with a trace in the tracing back end leads to it, and the others do not', async () => {
  const { console, first, second } = stack()
  const urlOf = async (id: string) =>
    (await console.ask(`/console/trace?event_id=${id}`)).body.events[0].trace_url
  assert.deepEqual(
    [await urlOf(first), await urlOf(second)],
    [null, `https://jaeger.example/trace/${traceId}`],
  )
})

test('pages go on where the one before has ended', async () => {
  const { console, first, second } = stack()
  const one = await console.ask('/console/events?type=message.created&limit=1')
  assert.deepEqual([one.body.events[0].event_id, one.body.searched[0].more], [second, true])
  const two = await console.ask(`/console/events?type=message.created&limit=1&cursor=${one.body.next_cursor}`)
  assert.equal(two.body.events[0].event_id, first)
  assert.equal((await console.ask('/console/events?cursor=nonsense')).status, 400)
})

test('a trace tells where an event is in Kafka, where it took effect, and what followed from it', async () => {
  const { console, first, second, topic } = stack()
  const { events, stopped, silent } = (await console.ask(`/console/trace?event_id=${first}`)).body
  const [event, next] = events
  assert.deepEqual([event.event_id, event.topic, stopped, silent], [first, topic, 'end', []])
  assert.ok(event.published.offset >= 0 && event.published.after_ms < 60_000, JSON.stringify(event.published))
  assert.deepEqual(
    event.consumed.map((each: { service: string; state: string }) => [each.service, each.state]),
    [['message-processor', 'processed']],
  )
  assert.deepEqual([events.length, next.event_id, next.causation_id], [2, second, first])
  assert.equal((await console.ask(`/console/trace?event_id=${randomUUID()}`)).status, 404)
})

test('dead letters are found with the events, and tell in the trace why there is no effect', async () => {
  const { console, outbox, topic } = stack()
  const event = { topic, key: 'broken', type: 'message.created', payload: { content: 7 } }
  const [recorded] = await enqueue(outbox.pool, [event])
  const body = await console.until(
    `/console/events?key=broken`,
    ({ dead_letters }) => dead_letters.length === 1,
  )
  assert.deepEqual(
    [body.events[0].event_id, body.dead_letters[0].event_id, body.dead_letters[0].source],
    [recorded?.eventId, recorded?.eventId, 'message-processor'],
  )
  const { body: trace } = await console.ask(`/console/trace?event_id=${recorded?.eventId}`)
  const [traced] = trace.events
  assert.deepEqual([traced.consumed[0].state, trace.events.length], ['dead', 1])
  assert.ok(traced.consumed[0].error.length > 0)
})

test('the time of an id is read where it has one, and spans that overlap are one', () => {
  assert.equal(timeOfId('0192f0c1-a9c0-7000-8000-000000000000'), 0x0192f0c1a9c0)
  assert.equal(timeOfId('0192f0c1-a9c0-4000-8000-000000000000'), undefined)
  const merged = mergeSpans([
    { from: 5, to: 9 },
    { from: 0, to: 3 },
    { from: 2, to: 4 },
  ])
  assert.deepEqual(merged, [
    { from: 0, to: 4 },
    { from: 5, to: 9 },
  ])
})
