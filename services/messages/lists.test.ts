import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { messagesHarness } from './messagesHarness.ts'

interface Item {
  id: number
  content: string
  estado?: string
}

test('lists events newest first, in pages, and by state', async (t) => {
  const { ask, post, startRelay } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  const stopRelay = startRelay()
  for (const content of ['a', 'b', 'c']) assert.equal((await post({ content })).body.estado, 'E')
  await stopRelay()
  for (const content of ['d', 'e']) await post({ content }, { prefer: 'respond-async' })

  const { status, body } = await ask('/eventos')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['count', 'eventos'])
  assert.equal(body.count, 5)
  assert.deepEqual(
    body.eventos.map(({ content, estado }: Item) => content + estado),
    ['ePendiente', 'dPendiente', 'cEnviado', 'bEnviado', 'aEnviado'],
  )
  const [first] = body.eventos
  assert.deepEqual(Object.keys(first), ['id', 'content', 'estado', 'intentos', 'created_at'])
  assert.equal(first.intentos, 0)
  assert.equal(new Date(first.created_at).toISOString(), first.created_at)

  const page = (await ask('/eventos?limit=2')).body
  assert.deepEqual([page.count, page.next_cursor], [2, String(page.eventos[1].id)])
  const rest = (await ask(`/eventos?limit=3&cursor=${page.next_cursor}`)).body
  assert.deepEqual(
    rest.eventos.map(({ content }: Item) => content),
    ['c', 'b', 'a'],
  )
  assert.equal(rest.next_cursor, undefined)

  const contents = async (query: string) =>
    (await ask(`/eventos?${query}`)).body.eventos.map(({ content }: Item) => content)
  assert.deepEqual(await contents('estado=P'), ['e', 'd'])
  assert.deepEqual(await contents('estado=Pendiente&limit=1'), ['e'])
  assert.deepEqual(await contents(`estado=P&cursor=${page.next_cursor}`), [])
  assert.deepEqual(await contents('estado=enviado'), ['c', 'b', 'a'])
  assert.deepEqual(await contents('estado=X'), [])
  assert.deepEqual((await ask('/stats')).body, {
    total: 5,
    eventos: [
      { procesado: 'P', descripcion: 'Pendiente', cantidad: 2 },
      { procesado: 'E', descripcion: 'Enviado', cantidad: 3 },
      { procesado: 'X', descripcion: 'Error', cantidad: 0 },
    ],
  })
})

const record = `select id from outbox.enqueue(array[gen_random_uuid()], array[$1], array[$2], array[null],
  array['test'], array[null], array['{"content":"…"}'])`

test('finds the quarantined events', async (t) => {
  const { ask, post, pool, startRelay } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  startRelay()
  await post({ content: 'sent' })
  const { rows } = await pool.query(record, [`missing-${randomUUID()}`, 'k'])
  const refused = Number(rows[0].id)
  const failing = async (): Promise<(Item & { intentos: number; error_message: string })[]> =>
    (await ask('/eventos?estado=X')).body.eventos
  while ((await failing()).length === 0);
  const [shown] = await failing()
  assert.deepEqual([shown?.id, shown?.estado], [refused, 'Error'])
  assert.ok((shown?.intentos ?? 0) >= 1 && shown?.error_message !== '')
  assert.deepEqual((await ask('/eventos?estado=P')).body.eventos, [])
  const { total, eventos } = (await ask('/stats')).body
  assert.deepEqual([total, eventos[1].cantidad, eventos[2].cantidad], [2, 1, 1])
})

test('finds the pending events of a transaction that ended late, below the cursors', async (t) => {
  const { ask, post, pool, startRelay } = await messagesHarness(t, { ACK_WAIT_MS: '20000' })
  const stopRelay = startRelay()
  const late = await pool.connect()
  await late.query('begin')
  const { rows } = await late.query(record, ['messages', 'late'])
  const id = Number(rows[0].id)
  assert.equal((await post({ content: 'before' })).body.estado, 'E')
  while (Number((await pool.query('select min(published_seq) as low from outbox.cursor')).rows[0].low) < id)
    await post({ content: 'to move the cursors' })
  await stopRelay()
  await late.query('commit')
  late.release()
  const pending = (await ask('/eventos?estado=P')).body.eventos.map((evento: Item) => evento.id)
  assert.deepEqual(pending, [id])
})

test('lists processed messages newest first, in pages', async (t) => {
  const { ask, pool } = await messagesHarness(t)
  assert.deepEqual((await ask('/messages')).body, { count: 0, messages: [] })
  await pool.query(
    "insert into messages (content, evento_id, event_id) select 'm' || n, n * 10, gen_random_uuid() from generate_series(1, 3) n",
  )
  const { body } = await ask('/messages')
  assert.deepEqual(Object.keys(body), ['count', 'messages'])
  assert.deepEqual(
    body.messages.map(({ content }: Item) => content),
    ['m3', 'm2', 'm1'],
  )
  assert.deepEqual(Object.keys(body.messages[0]), ['id', 'content', 'evento_id', 'created_at'])
  assert.deepEqual([body.messages[0].id, body.messages[0].evento_id], [3, 30])
  const page = (await ask('/messages?limit=2')).body
  assert.deepEqual([page.count, page.next_cursor], [2, '2'])
  const last = (await ask('/messages?limit=2&cursor=2')).body
  assert.deepEqual([last.messages[0].content, last.next_cursor], ['m1', undefined])
})

test('however large the messages, an answer has about 1 MiB, and the pages have them all', async (t) => {
  const { ask, pool } = await messagesHarness(t)
  const count = 20
  await pool.query(
    `select outbox.enqueue(array_agg(gen_random_uuid()), array_agg('t'::text), array_agg(n::text), array_agg(null::text),
       array_agg('y'::text), array_agg(null::text), array_agg(json_build_object('content', n || repeat('x', 262000))::text))
     from generate_series(1, ${count}) n`,
  )
  await pool.query(
    `insert into messages (content, evento_id, event_id)
     select payload ->> 'content', id, event_id from outbox.event order by id`,
  )
  for (const list of ['eventos', 'messages']) {
    const seen: number[] = []
    for (let cursor = ''; ; ) {
      const { body } = await ask(`/${list}?limit=1000${cursor}`)
      assert.ok(JSON.stringify(body).length < 1_500_000, `${JSON.stringify(body).length} bytes`)
      seen.push(...body[list].map(({ content }: Item) => Number.parseInt(content, 10)))
      if (body.next_cursor === undefined) break
      cursor = `&cursor=${body.next_cursor}`
    }
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, i) => count - i),
    )
  }
})

test('an event whose payload is not a message is listed all the same', async (t) => {
  const { ask, pool } = await messagesHarness(t)
  for (const payload of ['{"content":{"a":1}}', '5', '"a"', 'null', '{"content":"a"}'])
    await pool.query("select outbox.enqueue_one(gen_random_uuid(), 't', 'k', null, 'y', null, $1)", [payload])
  const { status, body } = await ask('/eventos')
  assert.equal(status, 200)
  assert.deepEqual(
    body.eventos.map(({ content }: Item) => content),
    ['a', null, null, null, '{"a":1}'],
  )
})

test('refuses wrong parameters', async (t) => {
  const { ask } = await messagesHarness(t)
  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'cursor=0',
    'cursor=abc',
    'cursor=99999999999999999999',
    'cursor=1&cursor=2',
    'estado=Z',
    'estado=',
    'state=E',
  ]) {
    const { status, body } = await ask(`/eventos?${query}`)
    assert.equal(status, 400, query)
    assert.ok(body.success === false && /parámetro/i.test(body.error), query)
  }
  assert.equal((await ask('/messages?estado=E')).status, 400)
  assert.equal((await ask('/eventos?limit=1000&cursor=9007199254740991')).status, 200)
})

test('the seed’s queries work as they are written', async (t) => {
  const { post, pool } = await messagesHarness(t, { ACK_WAIT_MS: '0' })
  await post({ content: 'a' })
  const events = await pool.query(
    'SELECT id, content, procesado, intentos, created_at FROM eventos ORDER BY id DESC LIMIT 10',
  )
  assert.equal(events.rowCount, 1)
  await pool.query(
    'SELECT m.id, m.content, m.evento_id, m.created_at FROM messages m ORDER BY m.id DESC LIMIT 10',
  )
  const stats = await pool.query(`SELECT procesado, COUNT(*) as cantidad,
    CASE WHEN procesado = 'P' THEN 'Pendiente' WHEN procesado = 'E' THEN 'Enviado' WHEN procesado = 'X' THEN 'Error'
    END as descripcion FROM eventos GROUP BY procesado`)
  assert.deepEqual(stats.rows, [{ procesado: 'P', cantidad: '1', descripcion: 'Pendiente' }])
})
