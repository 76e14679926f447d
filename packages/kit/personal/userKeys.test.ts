import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { newKey } from './seal.ts'
import { UserKeys } from './userKeys.ts'

/** Answers as it is told to, and counts. */
async function usersService(t: TestContext, answer: (response: ServerResponse, url: string) => void) {
  const asked: { readonly url: string; readonly authorization: string | undefined }[] = []
  const server = createServer(({ url = '', headers: { authorization } }, response) => {
    asked.push({ url, authorization })
    answer(response, url)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('a key is asked for as operators do, once for all who want it at the same time, and is kept until it is forgotten', async (t) => {
  const key = newKey()
  const { asked, url } = await usersService(t, (response) =>
    response.end(JSON.stringify({ key: key.toString('base64url') })),
  )
  const keys = new UserKeys({ url, token: () => 'secret' })
  const found = await Promise.all([keys.find('a b/c'), keys.find('a b/c'), keys.find('a b/c')])
  for (const each of found) assert.deepEqual(each, key)
  await keys.find('a b/c')
  assert.deepEqual(asked, [{ url: '/users/a%20b%2Fc/key', authorization: 'Bearer secret' }])
  keys.forget('a b/c')
  await keys.find('a b/c')
  assert.equal(asked.length, 2)
})

test('a key is kept no longer than it may be', async (t) => {
  const key = newKey()
  const { asked, url } = await usersService(t, (response) =>
    response.end(JSON.stringify({ key: key.toString('base64url') })),
  )
  const keys = new UserKeys({ url, token: () => undefined, keepMs: 0 })
  await keys.find('u')
  await keys.find('u')
  assert.deepEqual(asked, Array(2).fill({ url: '/users/u/key', authorization: undefined }))
})

test('only the users service itself says that a user is gone; all else means that it cannot say', async (t) => {
  let given: [number, string] = [404, '{"code":"notFound"}']
  const { url } = await usersService(t, (response) =>
    response.writeHead(given[0], { location: '/' }).end(given[1]),
  )
  const keys = new UserKeys({ url, token: () => undefined, timeoutMs: 5_000 })
  assert.equal(await keys.find('u'), undefined)
  const others: [number, string][] = [
    [404, '{"code":"unknownPath"}'],
    [404, '<html>'],
    [401, '{}'],
    [302, ''],
    [500, ''],
    [200, '{}'],
    [200, '{"key":7}'],
    [200, `{"key":"${'a'.repeat(5_000)}"}`],
  ]
  for (const each of others) {
    given = each
    await assert.rejects(
      keys.find('u'),
      { code: 'unavailable', headers: { 'retry-after': '1' } },
      each.join(' '),
    )
  }
  const silent = await usersService(t, () => {})
  const waiting = new UserKeys({ url: silent.url, token: () => undefined, timeoutMs: 100 })
  await assert.rejects(waiting.find('u'), { code: 'unavailable' })
})
