// The whole way: outbox, relay, Kafka, inbox, with participants that answer, are silent, and answer twice.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createInbox, type InboxEvent, type InboxHandlers, type InboxTransaction } from '@relevo/inbox'
import { enqueue } from '@relevo/outbox'
import { Relay } from '@relevo/relay'
import { afterTest, eventually, silent, testTopic } from '@relevo/testing'
import { Registry } from 'prom-client'
import { defineSaga } from './defineSaga.ts'
import { replyAddress } from './handleReplies.ts'
import { lawless, sagaHarness } from './sagaHarness.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { type Trip, type TripInput, tripSpec } from './tripHarness.ts'

const quick = { timeoutMs: 2_000, factor: 1.5, maxTimeoutMs: 10_000 }

/** The trip with commands on one topic of the test's, and short time-outs. */
function tripOn(topic: string) {
  const { flight, hotel, car, confirm } = tripSpec.steps
  const on = (type: string) => (data: Trip) => ({ topic, type, payload: { traveller: data.traveller } })
  return defineSaga<TripInput, Trip>({
    ...tripSpec,
    steps: {
      flight: {
        ...flight,
        ...quick,
        attempts: 10,
        command: on('BOOK_FLIGHT'),
        compensation: { ...flight.compensation, ...quick, command: on('CANCEL_FLIGHT') },
      },
      hotel: {
        ...hotel,
        ...quick,
        attempts: 10,
        command: on('BOOK_HOTEL'),
        compensation: { ...hotel.compensation, ...quick, command: on('CANCEL_HOTEL') },
      },
      confirm,
      car: { ...car, ...quick, command: on('RENT_CAR') },
    },
  })
}

const answers: Readonly<Record<string, readonly [done: string, full?: string]>> = {
  BOOK_FLIGHT: ['FLIGHT_BOOKED', 'FLIGHT_FULL'],
  BOOK_HOTEL: ['HOTEL_BOOKED', 'HOTEL_FULL'],
  RENT_CAR: ['CAR_RENTED'],
  CANCEL_FLIGHT: ['FLIGHT_CANCELLED'],
  CANCEL_HOTEL: ['HOTEL_CANCELLED'],
}

/** Participants by contract, with tombstones. A traveller's name says how they behave. */
function participants(replies: string): InboxHandlers {
  async function handle({ type, data, key }: InboxEvent, tx: InboxTransaction): Promise<void> {
    const { traveller } = data as { traveller: string }
    const address = replyAddress(data)
    const [done, full] = answers[type] ?? assert.fail(type)
    const isFull = full !== undefined && traveller.includes(full)
    const isSilent = traveller.includes('silent') && address.attempt === 1
    const wanted = type.startsWith('CANCEL') ? 'cancelled' : 'booked'
    const { rows } = await tx.query(book, [address.saga_id, address.step, wanted, isFull])
    const state = rows[0]?.state ?? 'none'
    const answer = state === wanted ? done : state === 'cancelled' ? 'CANCELLED' : String(full)
    if (isSilent) return
    const reply = { topic: replies, key, type: answer, payload: { ...address, booking: 'b' } }
    await enqueue(tx, traveller.includes('twice') ? [reply, reply] : [reply])
  }
  return Object.fromEntries(Object.keys(answers).map((type) => [type, { handle }]))
}

/** What is cancelled stays so; what is full is not booked. */
const book = `
insert into booking as b (saga_id, step, state) select $1::uuid, $2, $3 where not ($4::boolean and $3 = 'booked')
on conflict (saga_id, step) do update set state = case when b.state = 'cancelled' then b.state else excluded.state end
returning state`

test('trips over Kafka, by two processes: each ends, and is booked or cancelled as a whole', async (t) => {
  const { topic: commands, kafka } = await testTopic(t, 3)
  const { topic: replies, producer } = await testTopic(t, 3)
  const trip = tripOn(commands)
  const h = await sagaHarness(t, [trip])
  await h.pool.query(
    'create table booking (saga_id uuid, step text, state text, primary key (saga_id, step))',
  )
  const relay = new Relay({
    databaseUrl: h.url,
    producer,
    source: '/trips',
    logger: silent,
    registry: new Registry(),
  })
  afterTest(t, () => relay.stop())
  relay.start()
  const consumer = (consumerName: string, topic: string, handlers: InboxHandlers) => {
    const inbox = createInbox({
      pool: h.pool,
      consumerName,
      kafka: { ...kafka, logger: silent },
      topics: [topic],
      handlers,
      onUnknownType: 'ignore',
      registry: new Registry(),
      logger: silent,
    })
    afterTest(t, () => inbox.stop())
    inbox.start()
  }
  const group = randomUUID()
  for (let replica = 0; replica < 2; replica++) {
    const sagas = h.sagas()
    consumer(`sagas-${group}`, replies, sagas.handlers)
    sagas.start()
  }
  consumer(`participants-${group}`, commands, participants(replies))

  const names = [
    'ada',
    'silent',
    'twice',
    'FLIGHT_FULL',
    'HOTEL_FULL',
    'silent HOTEL_FULL',
    'twice HOTEL_FULL',
    'cancel',
  ]
  const trips = await inTransaction(h.pool, async (tx) => {
    const started = []
    for (let n = 0; n < 40; n++) {
      const traveller = names[n % names.length] ?? ''
      started.push({ traveller, ...(await startSaga(tx, trip, { traveller, wantsCar: n % 3 === 0 })) })
    }
    return started
  })
  // On a busy machine a reply's transaction holds a saga for longer than one waits for its lock.
  const isBusy = (error: { code?: string }) => {
    if (error.code !== '55P03') throw error
    return false
  }
  const cancel = (id: string) => h.cancel(id).then(() => true, isBusy)
  for (const { id, traveller } of trips)
    if (traveller === 'cancel') await eventually(() => cancel(id), 'a cancellation', 90_000)
  const ended =
    "select from saga.instance where status in ('completed', 'compensated') and ended_at is not null"
  await eventually(async () => (await h.rows(ended)).length === trips.length, 'every trip ended', 90_000)

  assert.deepEqual(await h.rows(lawless), [])
  const torn = `
    select i.id, i.status, b.step, b.state from saga.instance i join booking b on b.saga_id = i.id
    where (b.state = 'booked') <> (i.status = 'completed')`
  assert.deepEqual(await h.rows(torn), [])
  for (const { id, traveller } of trips) {
    const { status, reason } = await h.state(id)
    const expected = /FULL|cancel/.test(traveller) ? 'compensated' : 'completed'
    assert.equal(status, expected, `${traveller} ${JSON.stringify(reason)}`)
  }
  const log = await h.rows<{ n: number }>(
    "select count(*)::integer as n from trip_log where what <> 'confirmed' group by saga_id",
  )
  assert.deepEqual([log.length, log.every(({ n }) => n === 1)], [trips.length, true], 'each end is told once')
  assert.ok((await h.rows('select from saga.late_reply')).length > 0, 'the replies that came twice are kept')
})
