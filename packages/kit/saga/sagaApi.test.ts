import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inboxSchema } from '@relevo/inbox'
import {
  databaseVariables,
  defineApi,
  defineConfig,
  defineDatabase,
  defineService,
  httpVariables,
  inTransaction,
  problemDetails,
  processVariables,
} from '@relevo/kit'
import { sagaEndpoints, sagaHandlers, startSagas } from '@relevo/kit/saga'
import { outboxSchema } from '@relevo/outbox'
import { defineSaga, keep, sagaSchema, startSaga } from '@relevo/saga'
import { eventually, startInProcess, testDatabase } from '@relevo/testing'

const welcome = defineSaga({
  name: 'welcome',
  version: 1,
  start: ({ user }: { user: string }) => ({ user }),
  steps: {
    verify: {
      command: ({ user }) => ({ topic: 'mails', type: 'VERIFY', payload: { user } }),
      done: { VERIFIED: keep },
      timeoutMs: 60_000,
      attempts: 2,
    },
    activate: { pivot: true, local: async () => {} },
    greet: {
      command: ({ user }) => ({ topic: 'mails', type: 'GREET', payload: { user } }),
      done: { GREETED: keep },
      timeoutMs: 60_000,
      attempts: 'forever',
    },
  },
})

const database = defineDatabase({ name: 'users', uses: [outboxSchema, inboxSchema, sagaSchema] })

const service = (waitMs: number) =>
  defineService({
    name: 'users',
    config: defineConfig({ ...processVariables, ...httpVariables(0), ...databaseVariables }),
    database,
    api: defineApi({ title: 'Users', version: '1', errors: problemDetails, endpoints: sagaEndpoints('en') }),
    start: (context) => {
      const sagas = startSagas(context, [welcome], { pollMs: 60_000 })
      return sagaHandlers('en', { pool: context.pool, sagas, waitMs })
    },
  })

test('a service shows its sagas, and has operators retry, compensate and give them up', async (t) => {
  const { url, pool } = await testDatabase(t, database.migrations)
  const { ask, post, registry } = await startInProcess(t, service(30_000), { DATABASE_URL: url })
  const reason = 'the mail server is back'
  const { id } = await inTransaction(pool, (tx) => startSaga(tx, welcome, { user: 'ada' }, { key: 'user-1' }))
  const second = await inTransaction(pool, (tx) => startSaga(tx, welcome, { user: 'bob' }))

  const list = (await ask('/sagas?limit=1')).body
  assert.deepEqual([list.count, list.sagas[0].id, list.next_cursor], [1, second.id, second.id])
  assert.equal((await ask(`/sagas?limit=1&cursor=${list.next_cursor}`)).body.sagas[0].id, id)
  const found = (await ask('/sagas?key=user-1&status=running&step=verify&stuck=false&older_than_seconds=0'))
    .body
  assert.deepEqual(
    found.sagas.map(({ key, attempt, undo }: Record<string, unknown>) => [key, attempt, undo]),
    [['user-1', 1, false]],
  )
  assert.equal((await ask('/sagas?status=lost')).status, 400)

  const retried = await post(`/sagas/${id}/retry`, { reason })
  assert.deepEqual([retried.status, retried.body], [202, { success: true, result: 'accepted' }])
  const shown = (await ask(`/sagas/${id}`)).body
  assert.deepEqual([shown.attempt, shown.data, shown.waiting], [2, { user: 'ada' }, []])
  assert.equal(shown.history.at(-1).detail.note, reason)
  assert.deepEqual((await post(`/sagas/${id}/compensate`, { reason })).body, {
    success: true,
    result: 'done',
  })
  assert.equal((await post(`/sagas/${id}/compensate`, { reason })).body.result, 'done')
  assert.equal((await post(`/sagas/${id}/retry`, { reason })).status, 409)
  assert.deepEqual((await post(`/sagas/${second.id}/give-up`, { reason })).body, {
    success: true,
    result: 'done',
  })

  for (const path of [`/sagas/${randomUUID()}`, '/sagas/7'])
    assert.ok([400, 404].includes((await ask(path)).status), path)
  assert.equal((await post(`/sagas/${randomUUID()}/retry`, { reason })).status, 404)
  for (const body of [{}, { reason: ' ' }, { reason: 'a\0b' }, { reason, more: 1 }])
    assert.equal((await post(`/sagas/${id}/retry`, body)).status, 400, JSON.stringify(body))
  await eventually(async () => /relevo_saga_active_sagas/.test(await registry.metrics()), 'metrics')
})

test('what no process can carry out is answered as under way', async (t) => {
  const { url, pool } = await testDatabase(t, database.migrations)
  const other = defineSaga({ ...welcome, name: 'farewell' })
  const { post, ask } = await startInProcess(t, service(100), { DATABASE_URL: url })
  const { id } = await inTransaction(pool, (tx) => startSaga(tx, other, { user: 'ada' }))
  const { status, body } = await post(`/sagas/${id}/retry`, { reason: 'test' })
  assert.deepEqual([status, body], [202, { success: true }])
  assert.equal((await ask(`/sagas/${id}`)).body.waiting[0].kind, 'operator')
})
