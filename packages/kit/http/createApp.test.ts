import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { OutboxError } from '@relevo/outbox'
import { testDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { createLogger } from '../process/logger.ts'
import { ServiceError } from '../serviceError.ts'
import { createApp } from './createApp.ts'
import { defineApi, type Endpoints, type Handlers } from './endpoint.ts'
import { type ErrorStyle, problemDetails, spanishErrors } from './errorStyle.ts'
import { Health } from './health.ts'
import { startHttpServer } from './httpServer.ts'
import { pageQuery } from './parameters.ts'

const endpoints = {
  create: {
    method: 'post',
    path: '/things',
    summary: 'Gives the body back',
    body: z.looseObject({ name: z.string().meta({ description: 'Its name' }) }),
    responses: { 200: { description: 'The body' } },
    errors: { 409: 'It is there' },
  },
  anything: {
    method: 'post',
    path: '/anything',
    summary: 'Gives JSON of any type back',
    body: z.unknown(),
    responses: { 200: { description: 'The body' } },
  },
  lines: {
    method: 'post',
    path: '/lines',
    summary: 'Counts the lines of a body in a format of its own',
    body: z.int(),
    parseBody: (text: string) => {
      if (!text.startsWith('lines')) throw new SyntaxError('no lines')
      return text.split('\n').length
    },
    responses: { 200: { description: 'How many' } },
  },
  operate: {
    method: 'post',
    path: '/operate',
    summary: 'For operators',
    role: 'operator',
    responses: { 202: { description: 'Done' } },
  },
  stream: {
    method: 'get',
    path: '/stream',
    summary: 'Answers over time',
    responses: { 200: { description: 'Lines', schema: z.string(), mediaType: 'text/event-stream' } },
  },
  read: {
    method: 'get',
    path: '/things/:id',
    summary: 'One thing, or an error',
    params: z.object({ id: z.string().max(20) }),
    query: pageQuery('es').extend({ size: z.enum(['small', 'large']).optional() }),
    responses: { 200: { description: 'The thing', schema: z.object({ id: z.string() }) } },
  },
} as const satisfies Endpoints

const handlers: Handlers<typeof endpoints> = {
  create: async ({ body }) => ({ body: { got: body } }),
  anything: async ({ body }) => ({ body: { got: body } }),
  lines: async ({ body }) => ({ body: { got: body } }),
  operate: () => ({ status: 202, body: {} }),
  stream: () => ({
    headers: { 'content-type': 'text/event-stream' },
    stream: (response) => {
      response.write('one\n')
      setImmediate(() => response.end('two\n'))
    },
  }),
  read: ({ params: { id }, query, context: { requestId, traceparent } }) => {
    if (id === 'missing') throw new ServiceError('notFound', 'No hay tal cosa.')
    if (id === 'broken') throw new TypeError('secret of the house')
    if (id === 'config') throw new ServiceError('migrationFailed', 'secret of the house')
    if (id === 'down')
      throw Object.assign(new Error('connect ECONNREFUSED db:5432'), { code: 'ECONNREFUSED' })
    if (id === 'unstorable') throw new OutboxError('unstorable', 'The key holds U+0000.')
    if (id === 'large') throw new OutboxError('tooLarge', 'The event takes 2,000,000 bytes.')
    if (id === 'unmigrated') throw new OutboxError('notMigrated', 'secret of the house')
    return { body: { id, query, requestId, traceparent } }
  },
}

const guard: { host: string; token: string | undefined; operatorToken(): string | undefined } = {
  host: '127.0.0.1',
  token: undefined,
  operatorToken: () => guard.token,
}

async function serve(t: TestContext, errors: ErrorStyle = spanishErrors) {
  const registry = new Registry()
  const health = new Health()
  const api = defineApi({ title: 'Things', version: '1', errors, endpoints })
  const logger = createLogger('test', 'silent')
  const { pool } = await testDatabase(t)
  const parts = { name: 'things', logger, registry, health, api, handlers, maxBodyBytes: 1_000, guard, pool }
  const server = await startHttpServer(createApp(parts), { host: '127.0.0.1', port: 0 })
  t.after(() => server.stop())
  const base = `http://127.0.0.1:${server.port}`
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(base + path, init)
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }
  const post = (
    body: RequestInit['body'],
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => ask('/things', { method: 'POST', body: body ?? null, headers })
  return { ask, post, health, registry, port: server.port }
}

test('answers each kind of wrong request in the style of the service', async (t) => {
  const { ask, post } = await serve(t)
  const json = { 'content-type': 'application/json' }
  const cases: [string, Promise<{ status: number; body: unknown }>, number][] = [
    ['broken JSON', post('{"name":'), 400],
    ['empty body', post(''), 400],
    ['no body', post(null), 400],
    ['bytes that are no UTF-8', post(new Uint8Array([0x22, 0xff, 0x22])), 400],
    ['a bad escape in the path', ask('/things/%zz'), 400],
    ['gzip that is none', post('{}', { ...json, 'content-encoding': 'gzip' }), 400],
    ['unknown encoding', post('{}', { ...json, 'content-encoding': 'zip' }), 415],
    ['no content type', post(new Uint8Array([0x7b, 0x7d]), {}), 415],
    ['text', post('{}', { 'content-type': 'text/plain' }), 415],
    ['another charset', post('{}', { 'content-type': 'application/json; charset=latin1' }), 415],
    ['too large', post(`"${'x'.repeat(1_000)}"`), 413],
    [
      'too large when unpacked',
      post(gzipSync('x'.repeat(50_000)), { ...json, 'content-encoding': 'gzip' }),
      413,
    ],
    ['unknown path', ask('/nothing'), 404],
    ['wrong method', ask('/things', { method: 'PUT', headers: json, body: '{}' }), 405],
    ['what the handler refuses', ask('/things/missing'), 404],
    ['a failing handler', ask('/things/broken'), 500],
    ['an internal error of this package', ask('/things/config'), 500],
    ['a database that is down', ask('/things/down'), 503],
    ['an event that cannot be stored', ask('/things/unstorable'), 400],
    ['an event that is too large', ask('/things/large'), 413],
    ['an outbox that is not there yet', ask('/things/unmigrated'), 503],
    ['a body that is no object', post('null'), 400],
    ['a parameter that is too long', ask(`/things/${'x'.repeat(21)}`), 400],
  ]
  for (const [name, asked, status] of cases) {
    const answer = await asked
    assert.equal(answer.status, status, name)
    const { success, error, ...rest } = answer.body as Record<string, unknown>
    assert.ok(success === false && typeof error === 'string' && error !== '', name)
    assert.deepEqual(rest, {}, name)
    assert.doesNotMatch(error, /secret|ECONNREFUSED/, name)
  }
  assert.equal((await ask('/things/missing')).body.error, 'No hay tal cosa.')
  assert.equal((await ask('/things/down')).headers.get('retry-after'), '1')
})

test('reads JSON of any type, with a charset and packed', async (t) => {
  const { ask } = await serve(t)
  const post = (body: string | Uint8Array<ArrayBuffer>, headers = { 'content-type': 'application/json' }) =>
    ask('/anything', { method: 'POST', body, headers })
  assert.deepEqual((await post('null')).body, { got: null })
  assert.deepEqual((await post('"á"', { 'content-type': 'application/json; charset="UTF-8"' })).body, {
    got: 'á',
  })
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  assert.deepEqual((await post(gzipSync('[1]'), headers)).body, { got: [1] })
})

test('has the route read the body where it wants to', async (t) => {
  const { ask } = await serve(t)
  const headers = { 'content-type': 'application/json' }
  const send = (body: string) => ask('/lines', { method: 'POST', headers, body })
  assert.deepEqual((await send('lines\na')).body, { got: 2 })
  assert.equal((await send('{}')).status, 400)
})

test('tells the methods that a path allows', async (t) => {
  const { ask } = await serve(t)
  const wrong = await ask('/things/1', { method: 'DELETE' })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
  const options = await ask('/things', { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'POST, OPTIONS'])
  assert.equal((await ask('/things/1', { method: 'HEAD' })).status, 200)
})

test('writes problem details where the service wants them', async (t) => {
  const { ask } = await serve(t, problemDetails)
  const { status, headers, body } = await ask('/nothing', { headers: { 'x-request-id': 'abc-1' } })
  assert.deepEqual([status, headers.get('content-type')], [404, 'application/problem+json'])
  const detail = 'There is nothing at this path.'
  assert.deepEqual(body, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail,
    code: 'unknownPath',
    request_id: 'abc-1',
  })
})

test('passes a request id and a trace on, and makes an id where there is none', async (t) => {
  const { ask } = await serve(t)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const known = await ask('/things/1', { headers: { 'x-request-id': 'abc-1', traceparent } })
  assert.deepEqual(known.body, { id: '1', query: { limit: 100 }, requestId: 'abc-1', traceparent })
  assert.equal(known.headers.get('x-request-id'), 'abc-1')
  const bad = await ask('/things/1', { headers: { 'x-request-id': 'a b', traceparent: '00-xyz' } })
  assert.match(bad.body.requestId, /^[0-9a-f-]{36}$/)
  assert.equal(bad.body.traceparent, undefined)
})

test('health is about the process, readiness about its work', async (t) => {
  const { ask, health } = await serve(t)
  assert.deepEqual((await ask('/health')).body, { status: 'ok', service: 'things' })
  health.addReadiness('database', async () => Promise.reject(new Error('gone')))
  health.addReadiness('kafka', () => undefined)
  const unready = await ask('/ready')
  assert.equal(unready.status, 503)
  assert.deepEqual(unready.body, { status: 'unavailable', service: 'things', problems: { database: 'gone' } })
  assert.equal((await ask('/health')).status, 200)
  health.addLiveness('loop', () => 'has not turned for 60 s')
  assert.deepEqual((await ask('/health')).body.problems, { loop: 'has not turned for 60 s' })
})

test('what hinders only the work is waited for after the start, and keeps no request away later', async (t) => {
  const { ask, health } = await serve(t)
  const troubles: Record<string, string | undefined> = { kafka: 'away' }
  health.addReadiness('kafka', () => troubles.kafka, 'work')
  health.addReadiness('database', () => troubles.database)
  const states = async () => [(await ask('/ready')).status, (await ask('/serving')).status]
  assert.deepEqual(await states(), [503, 503], 'its work has not begun')
  troubles.kafka = undefined
  assert.deepEqual(await states(), [200, 200])
  troubles.kafka = 'away'
  assert.deepEqual(await states(), [503, 200])
  troubles.database = 'away'
  assert.deepEqual(await states(), [503, 503])
  assert.deepEqual((await ask('/serving')).body.problems, { database: 'away' })
  troubles.database = undefined
  health.stop()
  assert.equal((await ask('/serving')).status, 503)
})

test('measures requests by their declared route', async (t) => {
  const { ask } = await serve(t)
  await ask('/things/1')
  await ask('/things/2')
  await ask('/nothing/at/all')
  const { body } = await ask('/metrics')
  assert.match(body, /relevo_http_request_seconds_count\{method="GET",route="\/things\/:id",status="200"\} 2/)
  assert.match(body, /route="unknown",status="404"\} 1/)
})

test('describes itself', async (t) => {
  const { ask } = await serve(t)
  const { paths } = (await ask('/openapi.json')).body
  assert.deepEqual(Object.keys(paths).sort(), [
    '/anything',
    '/health',
    '/lines',
    '/metrics',
    '/openapi.json',
    '/operate',
    '/ready',
    '/serving',
    '/stream',
    '/things',
    '/things/{id}',
  ])
  const { schema } = paths['/things'].post.requestBody.content['application/json']
  assert.deepEqual(schema.required, ['name'])
  assert.deepEqual(
    paths['/things/{id}'].get.parameters.map(({ name, in: place }: { name: string; in: string }) => [
      name,
      place,
    ]),
    [
      ['id', 'path'],
      ['cursor', 'query'],
      ['limit', 'query'],
      ['size', 'query'],
    ],
  )
  const bounds = { type: 'integer', minimum: 1, maximum: 1_000 }
  assert.deepEqual(paths['/things/{id}'].get.parameters[2].schema, bounds)
  assert.deepEqual(Object.keys(paths['/things'].post.responses), [
    '200',
    '400',
    '403',
    '409',
    '413',
    '415',
    '422',
    '503',
  ])
  assert.deepEqual(Object.keys(paths['/things/{id}'].get.responses), ['200', '400', '503'])
})

test('refuses headers without end', async (t) => {
  const { port } = await serve(t)
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(20_000)}\r\n\r\n`)
  let answer = ''
  for await (const data of socket) answer += data
  assert.match(answer, /^HTTP\/1\.1 431/)
})

test('tells every part of a request that is wrong, in the language of the service', async (t) => {
  const cases: [string, string, string][] = [
    ['/things/1?limit=0', 'El parámetro "limit" debe ser un número entero entre 1 y 1000', ''],
    ['/things/1?limit=1&limit=2', 'El parámetro "limit" debe ser un número entero entre 1 y 1000', ''],
    [
      '/things/1?cursor=x',
      'El parámetro "cursor" no es válido: use el "next_cursor" de la página anterior',
      '',
    ],
    [
      '/things/1?size=x',
      'El parámetro "size" debe ser small o large',
      'The parameter "size" must be small or large.',
    ],
    ['/things/1?a=1&b=2', 'Parámetros desconocidos: "a", "b"', 'Unknown parameters: "a", "b".'],
    [
      '/things/1?limit=&size=',
      'El parámetro "limit" debe ser un número entero entre 1 y 1000. El parámetro "size" debe ser small o large',
      'The parameter "limit" must be a whole number from 1 to 1000. The parameter "size" must be small or large.',
    ],
  ]
  const spanish = await serve(t)
  const english = await serve(t, problemDetails)
  for (const [path, es, en] of cases) {
    assert.equal((await spanish.ask(path)).body.error, es)
    if (en !== '') assert.equal((await english.ask(path)).body.detail, en)
  }
  assert.equal((await spanish.post('{}')).body.error, 'Falta el campo "name"')
  assert.equal((await english.post('{"name":1}')).body.detail, '"name" must be a text.')
  assert.equal((await english.post('[]')).body.detail, 'The body must be a JSON object.')
})

test('refuses what Postgres cannot store, wherever it stands in a body', async (t) => {
  const { post } = await serve(t)
  const reason = /U\+0000 o sustitutos/
  for (const body of [
    '{"name":"a\\u0000"}',
    '{"name":"\\ud800"}',
    '{"name":"a","more":{"list":["b\\u0000"]}}',
    '{"name":"a","\\u0000":1}',
  ]) {
    const answer = await post(body)
    assert.equal(answer.status, 400, body)
    assert.match(answer.body.error, reason)
  }
  assert.equal((await post('{"name":"\\ud83d\\ude80"}')).status, 200)
})

test('lets only operators act, and tells only them the reasons of what is not ready', async (t) => {
  const { ask, health } = await serve(t)
  health.addReadiness('database', () => 'connect ECONNREFUSED db.internal:5432')
  const operate = (headers: Record<string, string> = {}, body?: string) =>
    ask('/operate', { method: 'POST', headers, ...(body !== undefined && { body }) })
  const through = { 'x-forwarded-for': '10.0.0.7' }
  assert.equal((await operate()).status, 202)
  assert.equal((await operate(through)).status, 403)
  assert.equal((await operate({ 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await operate({ 'content-type': 'text/plain' }, 'x')).status, 415)
  assert.equal((await operate({ 'content-type': 'text/plain' })).status, 415)
  assert.match(JSON.stringify((await ask('/ready')).body.problems), /db\.internal/)
  assert.deepEqual((await ask('/ready', { headers: through })).body.problems, { database: 'not ok' })

  guard.token = 'secret'
  t.after(() => {
    guard.token = undefined
  })
  const refused = await operate()
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'])
  assert.equal((await operate({ ...through, authorization: 'Bearer secret' })).status, 202)
  assert.deepEqual((await ask('/ready')).body.problems, { database: 'not ok' })
})

test('answers as localhost only where it listens there, whatever name the request asks for', async (t) => {
  const { port } = await serve(t)
  for (const [host, status] of [
    ['evil.example', 403],
    ['localhost', 200],
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write(`GET /health HTTP/1.1\r\nhost: ${host}:${port}\r\nconnection: close\r\n\r\n`)
    let answer = ''
    for await (const data of socket) answer += data
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), host)
  }
})

test('refuses U+0000 and what is no UTF-8 in every path and query', async (t) => {
  const { ask } = await serve(t)
  for (const path of ['/things/%00', '/things/a?size=%00', '/metrics?%00', '/health?x=%ff', '/nothing/%00'])
    assert.equal((await ask(path)).status, 400, path)
  assert.equal((await ask('/things/%00', { method: 'DELETE' })).status, 400)
})

test('an endpoint can answer over time', async (t) => {
  const { ask } = await serve(t)
  const { status, headers, body } = await ask('/stream')
  assert.deepEqual(
    [status, headers.get('content-type'), body],
    [200, 'text/event-stream; charset=utf-8', 'one\ntwo\n'],
  )
})
