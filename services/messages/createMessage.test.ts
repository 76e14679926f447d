import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { eventually } from '@relevo/testing'
import { messagesHarness } from './messagesHarness.ts'

const E = 'Evento creado y enviado a Kafka exitosamente'
const X = 'Evento creado pero falló el envío a Kafka. Se reintentará automáticamente.'
const P = 'Evento creado y pendiente de envío a Kafka. Se enviará automáticamente.'

test('a message that Kafka has is E, and carries there its number and what it follows from', async (t) => {
  const { post, startRelay, brokers } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  startRelay()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const content = `Mi primer evento 🚀 ${Math.random()}`
  const { status, body } = await post({ content }, { traceparent, 'x-request-id': 'r-1' })
  assert.equal(status, 201)
  assert.deepEqual(body, { success: true, evento_id: body.evento_id, estado: 'E', message: E })
  assert.ok(Number.isSafeInteger(body.evento_id))
  const records = []
  for await (const record of readTopic({ brokers, clientId: 'messages-test' }, 'messages'))
    if (record.value?.toString() === JSON.stringify({ content })) records.push(record)
  assert.equal(records.length, 1)
  const { ce_outboxid, ce_type, ce_id, ce_causationid, ce_correlationid, ...rest } = records[0]?.headers ?? {}
  assert.deepEqual([ce_outboxid, ce_type], [String(body.evento_id), 'message.created'])
  assert.deepEqual([ce_causationid, ce_correlationid, rest.traceparent], ['request:r-1', ce_id, traceparent])
})

test('while Kafka is away messages are taken and are X, and are sent when it is back', async (t) => {
  const { ask, post, startRelay } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  const stopRelay = startRelay(['127.0.0.1:1'])
  const { status, body } = await post({ content: 'Este fallará' })
  assert.deepEqual([status, body.success, body.estado, body.message], [201, true, 'X', X])
  const failing = (await ask('/eventos')).body.eventos[0]
  assert.equal(failing.estado, 'Error')
  assert.ok(failing.intentos >= 1 && typeof failing.error_message === 'string')
  assert.deepEqual((await ask('/eventos?estado=X')).body.eventos[0].id, body.evento_id)
  await stopRelay()
  startRelay()
  assert.equal((await post({ content: 'Después' })).body.estado, 'E')
  // They may be of two shards, which do not wait for each other.
  const isSent = async () =>
    (await ask('/eventos?estado=Enviado')).body.eventos.some(
      (evento: { id: number }) => evento.id === body.evento_id,
    )
  await eventually(isSent, 'the first message sent')
})

test('without a relay the answer is P when the wait is over, and at once where the client prefers so', async (t) => {
  const { post, pool } = await messagesHarness(t, { ACK_WAIT_MS: '100' })
  const waited = await post({ content: 'a' })
  assert.deepEqual([waited.status, waited.body.estado, waited.body.message], [201, 'P', P])
  assert.equal(waited.headers.get('preference-applied'), null)
  for (const prefer of ['respond-async', 'return=minimal, Respond-Async; x=1']) {
    const { status, body, headers } = await post({ content: 'b' }, { prefer })
    assert.deepEqual([status, body.estado, headers.get('preference-applied')], [202, 'P', 'respond-async'])
  }
  const { rows } = await pool.query('select content, procesado from eventos order by id')
  assert.deepEqual(
    rows.map(({ content, procesado }) => content + procesado),
    ['aP', 'bP', 'bP'],
  )
})

test('repeated with its Idempotency-Key, a message is recorded once, and tells how its event fares now', async (t) => {
  const { post, startRelay, pool } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  const again = (key: string, headers = {}) => post({ content: 'a' }, { 'idempotency-key': key, ...headers })
  const asked = await again('1', { prefer: 'respond-async' })
  const first = again('2')
  startRelay()
  const { status, body } = await first
  assert.deepEqual([status, body.estado], [201, 'E'])
  const repeated = await again('2')
  assert.deepEqual([repeated.status, repeated.body], [201, body], 'it waits as the first did')
  assert.equal(repeated.headers.get('idempotent-replayed'), 'true')
  const { status: accepted, headers, body: pending } = await again('1')
  assert.deepEqual([accepted, pending, headers.get('preference-applied')], [202, asked.body, 'respond-async'])
  assert.equal((await post({ content: 'b' }, { 'idempotency-key': '2' })).status, 422)
  assert.equal((await again('clé')).status, 400)
  assert.equal((await pool.query('select from outbox.event')).rowCount, 2)
})

test('partitions by type where that is set', async (t) => {
  const { post, pool } = await messagesHarness(t, { ACK_WAIT_MS: '0', PARTITION_BY: 'type' })
  await post({ content: 'a' })
  const { rows } = await pool.query('select partition_key, key = event_id::text as own from outbox.event')
  assert.deepEqual(rows, [{ partition_key: 'message.created', own: true }])
})

test('bad input is refused with a reason in Spanish, and nothing is recorded', async (t) => {
  const { ask, post, pool } = await messagesHarness(t, { ACK_WAIT_MS: '0', MESSAGE_MAX_BYTES: '10' })
  const json = { 'content-type': 'application/json' }
  const cases: [string, ReturnType<typeof post>, number, RegExp][] = [
    ['invalid JSON', post('{"content":'), 400, /no es JSON válido/],
    ['not UTF-8', post(new Uint8Array([0x22, 0xff, 0x22])), 400, /no es JSON válido/],
    ['empty body', post(''), 400, /no es JSON válido/],
    ['null', post('null'), 400, /objeto JSON/],
    ['a list', post('["content"]'), 400, /objeto JSON/],
    ['missing', post({}), 400, /Falta el campo "content"/],
    ['null content', post({ content: null }), 400, /debe ser un texto/],
    ['a number', post({ content: 1 }), 400, /debe ser un texto/],
    ['a list for content', post({ content: ['a'] }), 400, /debe ser un texto/],
    ['empty', post({ content: '' }), 400, /vacío/],
    ['blank', post({ content: ' \t\n\u3000' }), 400, /vacío/],
    ['unknown field', post({ content: 'a', estado: 'E' }), 400, /Campos desconocidos: "estado"/],
    ['__proto__', post('{"content":"a","__proto__":{"x":1}}'), 400, /Campos desconocidos/],
    ['NUL', post({ content: 'a\0b' }), 400, /U\+0000/],
    ['lone surrogate', post('{"content":"a\\ud800"}'), 400, /sustitutos/],
    ['eleven bytes', post({ content: 'ááááá!' }), 413, /máximo de 10 bytes/],
    ['far too large', post({ content: 'x'.repeat(2_000) }), 413, /demasiado grande/],
    [
      'form',
      post('content=a', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      /application\/json/,
    ],
    ['wrong method', ask('/messages', { method: 'DELETE' }), 405, /método/],
    [
      'wrong method with a body',
      ask('/eventos', { method: 'POST', headers: json, body: '{}' }),
      405,
      /método/,
    ],
    ['unknown path', ask('/mensajes'), 404, /ruta/],
  ]
  for (const [name, asked, status, reason] of cases) {
    const answer = await asked
    assert.equal(answer.status, status, name)
    assert.deepEqual(Object.keys(answer.body), ['success', 'error'], name)
    assert.equal(answer.body.success, false, name)
    assert.match(answer.body.error, reason, name)
  }
  assert.equal((await pool.query('select from outbox.event')).rowCount, 0)
  assert.equal((await post({ content: 'áááá!!' })).status, 201, 'ten bytes are not too many')
})

test('a schema that is not there yet is 503, not the client’s fault', async (t) => {
  const { post, pool } = await messagesHarness(t, { ACK_WAIT_MS: '0' })
  await pool.query('alter schema outbox rename to gone')
  const { status, headers, body } = await post({ content: 'a' })
  assert.deepEqual([status, headers.get('retry-after'), body.success], [503, '5', false])
  assert.doesNotMatch(body.error, /outbox/)
})

test('a hundred at once are all recorded and sent', async (t) => {
  const { ask, post, startRelay } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  startRelay()
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => post({ content: `Load test ${i}` })),
  )
  assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${body.estado}`)), new Set(['201 E']))
  assert.equal(new Set(answers.map(({ body }) => body.evento_id)).size, 100)
  const { body } = await ask('/stats')
  assert.equal(body.total, 100)
})
