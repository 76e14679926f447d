// The scenarios of the document that the messages system comes from, on its real processes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getJson, getUntil, postMessage } from './support/http.ts'
import { messagesSystem } from './support/messagesSystem.ts'

const sent = 'Evento creado y enviado a Kafka exitosamente'
const failed = 'Evento creado pero falló el envío a Kafka. Se reintentará automáticamente.'

test('normal flow, 100 at once, a stopped consumer, and a stopped Kafka', async (t) => {
  const { messages, processor, pool, stopKafka, startKafka } = await messagesSystem(t)
  let expected = 0
  const processed = (count: number) => getUntil(`${processor.url}/stats`, (stats) => stats.total === count)

  await t.test('five messages are sent and processed', async () => {
    const ids: number[] = []
    for (let i = 1; i <= 5; i++) {
      const { status, body } = await postMessage(messages.url, `Mensaje ${i}`)
      assert.equal(status, 201)
      assert.deepEqual(body, { success: true, evento_id: body.evento_id, estado: 'E', message: sent })
      ids.push(body.evento_id)
    }
    expected += 5
    const eventos = await getJson(`${messages.url}/eventos`)
    assert.equal(eventos.count, 5)
    assert.deepEqual(
      eventos.eventos.map((evento: { id: number }) => evento.id),
      ids.toReversed(),
    )
    const { created_at, ...newest } = eventos.eventos[0]
    assert.deepEqual(newest, { id: ids[4], content: 'Mensaje 5', estado: 'Enviado', intentos: 0 })
    assert.ok(Date.now() - Date.parse(created_at) < 60_000)
    await processed(expected)
    const { messages: stored } = await getJson(`${messages.url}/messages`)
    assert.deepEqual(stored.map((message: { content: string }) => message.content).sort(), [
      'Mensaje 1',
      'Mensaje 2',
      'Mensaje 3',
      'Mensaje 4',
      'Mensaje 5',
    ])
  })

  await t.test('a hundred at once are all sent and processed once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => postMessage(messages.url, `Load test ${i + 1}`)),
    )
    expected += 100
    for (const { status, body } of answers) {
      assert.equal(status, 201)
      assert.equal(body.success, true)
    }
    assert.equal(new Set(answers.map(({ body }) => body.evento_id)).size, 100)
    await processed(expected)
    const { rows } = await pool.query(
      `select count(*)::integer as effects, count(distinct evento_id)::integer as events from messages`,
    )
    assert.deepEqual(rows, [{ effects: expected, events: expected }])
  })

  await t.test('messages sent while the consumer is stopped are processed when it is back', async () => {
    assert.equal(await processor.stop(), 0)
    for (let i = 1; i <= 10; i++) {
      const { body } = await postMessage(messages.url, `Queued message ${i}`)
      assert.equal(body.estado, 'E')
    }
    const before = await pool.query('select count(*)::integer as effects from messages')
    assert.equal(before.rows[0].effects, expected)
    expected += 10
    await processor.start()
    await getUntil(`${messages.url}/messages?limit=200`, ({ count }) => count === expected)
  })

  await t.test(
    'with Kafka stopped a message is in state X, and in E within ten seconds of its return',
    async () => {
      await stopKafka()
      const { status, body } = await postMessage(messages.url, 'Este fallará')
      assert.equal(status, 201)
      assert.deepEqual(body, { success: true, evento_id: body.evento_id, estado: 'X', message: failed })
      const [evento] = (await getJson(`${messages.url}/eventos`)).eventos
      assert.equal(evento.estado, 'Error')
      assert.ok(evento.intentos >= 1)
      assert.ok(evento.error_message)
      const late = await postMessage(messages.url, 'Y este también espera')
      assert.equal(late.status, 201)
      assert.ok(['X', 'P'].includes(late.body.estado), late.body.estado)

      await startKafka()
      await getUntil(
        `${messages.url}/eventos`,
        ({ eventos }) => eventos.every((one: { estado: string }) => one.estado === 'Enviado'),
        10_000,
      )
      expected += 2
      await getUntil(`${messages.url}/messages?limit=200`, ({ count }) => count === expected)
    },
  )

  await t.test("the document's queries find what they should", async () => {
    const states = await pool.query(`
      select procesado, count(*)::integer as cantidad, case when procesado = 'E' then 'Enviado' end as descripcion
      from eventos group by procesado`)
    assert.deepEqual(states.rows, [{ procesado: 'E', cantidad: expected, descripcion: 'Enviado' }])
    const newest = await pool.query(
      'select id, content, procesado, intentos, created_at from eventos order by id desc limit 10',
    )
    assert.equal(newest.rows[0].content, 'Y este también espera')
    const effects = await pool.query(
      'select m.id, m.content, m.evento_id, m.created_at from messages m order by m.id desc limit 10',
    )
    assert.equal(effects.rows.length, 10)
  })
})

test('the API answers at once when asked to, and while the relay is away', async (t) => {
  const { messages, relay } = await messagesSystem(t, { ACK_WAIT_MS: '300' })
  const asynchronous = await postMessage(messages.url, 'a su tiempo', { prefer: 'respond-async' })
  assert.equal(asynchronous.status, 202)
  assert.equal(asynchronous.body.estado, 'P')
  assert.equal(await relay.stop(), 0)
  const { status, body } = await postMessage(messages.url, 'sin relevo')
  assert.equal(status, 201)
  assert.equal(body.estado, 'P')
  await relay.start()
  await getUntil(`${messages.url}/eventos`, ({ eventos }) =>
    eventos.every((evento: { estado: string }) => evento.estado === 'Enviado'),
  )
})
