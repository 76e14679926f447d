import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { createLogger } from '../process/logger.ts'
import { ServiceError } from '../serviceError.ts'
import { createApp } from './createApp.ts'
import { createOpenApi } from './createOpenApi.ts'
import { type ErrorStyle, problemDetails, spanishErrors } from './errorStyle.ts'
import { Health } from './health.ts'
import { startHttpServer } from './httpServer.ts'
import { requestContext } from './requestContext.ts'
import type { Route } from './route.ts'

const routes: Route[] = [
  {
    method: 'post',
    path: '/things',
    summary: 'Gives the body back',
    body: z.object({ name: z.string().meta({ description: 'Its name' }) }),
    responses: { 200: { description: 'The body' } },
    handle: (request, response) => void response.json({ got: request.body }),
  },
  {
    method: 'post',
    path: '/lines',
    summary: 'Counts the lines of a body in a format of its own',
    body: z.object({}),
    parseBody: (text) => {
      if (!text.startsWith('lines')) throw new SyntaxError('no lines')
      return text.split('\n').length
    },
    responses: { 200: { description: 'How many' } },
    handle: (request, response) => void response.json({ got: request.body }),
  },
  {
    method: 'get',
    path: '/things/:id',
    summary: 'One thing, or an error',
    query: z.object({ limit: z.coerce.number().int().optional().meta({ description: 'At most' }) }),
    responses: { 200: { description: 'The thing', schema: z.object({ id: z.string() }) } },
    handle: (request, response) => {
      const { id } = request.params
      if (id === 'missing') throw new ServiceError('notFound', 'No hay tal cosa.')
      if (id === 'broken') throw new TypeError('secret of the house')
      if (id === 'config') throw new ServiceError('migrationFailed', 'secret of the house')
      if (id === 'down')
        throw Object.assign(new Error('connect ECONNREFUSED db:5432'), { code: 'ECONNREFUSED' })
      response.json({ id, ...requestContext(response), logger: undefined })
    },
  },
]

async function serve(t: TestContext, errorStyle: ErrorStyle = spanishErrors) {
  const registry = new Registry()
  const health = new Health()
  const openapi = createOpenApi({ title: 'Things', version: '1' }, routes)
  const logger = createLogger('test', 'silent')
  const parts = { name: 'things', logger, registry, health, routes, openapi, errorStyle, maxBodyBytes: 1_000 }
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
  const { post } = await serve(t)
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
  assert.deepEqual(known.body, { id: '1', requestId: 'abc-1', traceparent })
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
    '/health',
    '/lines',
    '/metrics',
    '/openapi.json',
    '/ready',
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
      ['limit', 'query'],
    ],
  )
})

test('refuses headers without end', async (t) => {
  const { port } = await serve(t)
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(20_000)}\r\n\r\n`)
  let answer = ''
  for await (const data of socket) answer += data
  assert.match(answer, /^HTTP\/1\.1 431/)
})
