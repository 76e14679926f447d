import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { newKey, sealText } from '@relevo/kit/personal'
import { startInProcess, testDatabase, testTopic } from '@relevo/testing'
import { database } from './database.ts'
import { service } from './main.ts'

export const operatorToken = 'operators'

/** Answers for the keys of users as the users service does; `erase` deletes one. Ended with the test. */
export async function keyServer(t: TestContext) {
  const keys = new Map<string, Buffer>()
  const asked: string[] = []
  let isAway = false
  const server = createServer(({ url = '', headers }, response) => {
    const [, id = ''] = /^\/users\/([^/]+)\/key$/.exec(url) ?? []
    asked.push(id)
    if (isAway) return void response.writeHead(503).end()
    if (headers.authorization !== `Bearer ${operatorToken}`) return void response.writeHead(401).end()
    const key = keys.get(id)
    const body = key ? { key: key.toString('base64url') } : { code: 'notFound' }
    response.writeHead(key ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    keyOf: (id: string) => keys.get(id),
    add(id: string = randomUUID()) {
      keys.set(id, newKey())
      return id
    },
    erase: (id: string) => keys.delete(id),
    setAway: (away: boolean) => {
      isAway = away
    },
  }
}

export type UserEventType = 'USER_CREATED' | 'USER_UPDATED' | 'USER_DELETED'

export interface TestUserEvent {
  readonly type: UserEventType
  readonly eventId: string
  readonly payload: Readonly<Record<string, string>>
}

/** An event as the users service publishes it: its fields are sealed with the key, bound to the event. */
export function userEvent(
  type: UserEventType,
  id: string,
  key: Uint8Array | undefined,
  fields: { readonly name: string; readonly email: string } = { name: 'Ana Pérez', email: 'ana@example.com' },
): TestUserEvent {
  const eventId = randomUUID()
  if (type === 'USER_DELETED' || key === undefined) return { type, eventId, payload: { id } }
  const seal = (field: 'name' | 'email') => sealText(key, { user: id, event: eventId, field }, fields[field])
  return { type, eventId, payload: { id, name: seal('name'), email: seal('email') } }
}

/** The profiles as their process runs them, on topics and with keys of their own. */
export async function runningProfiles(t: TestContext, env: Record<string, string> = {}) {
  const { url: dbUrl, pool } = await testDatabase(t, database.migrations)
  const users = await keyServer(t)
  const topics = {
    USER_CREATED: await testTopic(t, 1),
    USER_UPDATED: await testTopic(t, 1),
    USER_DELETED: await testTopic(t, 1),
  }
  const { kafka, producer } = topics.USER_CREATED
  const running = await startInProcess(t, service, {
    DATABASE_URL: dbUrl,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TOPIC: Object.values(topics)
      .map(({ topic }) => topic)
      .join(),
    KAFKA_GROUP_ID: `group-${randomUUID()}`,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    USERS_URL: users.url,
    OPERATOR_TOKEN: operatorToken,
    ...env,
  })
  const { ask } = running

  async function send(...events: readonly TestUserEvent[]): Promise<void> {
    await producer.send(
      events.map(({ type, eventId, payload }) => ({
        topic: topics[type].topic,
        key: String(payload.id),
        value: JSON.stringify(payload),
        headers: {
          ce_specversion: '1.0',
          ce_id: eventId,
          ce_type: type,
          ce_source: '/relevo/users',
          ce_time: '2026-01-15T10:30:00Z',
        },
      })),
    )
  }
  const change = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const patch = (id: string, body: unknown, etag: string, type = 'application/merge-patch+json') =>
    change('PATCH', `/profiles/${id}`, body, { 'if-match': etag, 'content-type': type })
  /** The published events, in order. */
  const told = async (id: string) =>
    (await pool.query('select topic, type, payload from outbox.event where key = $1 order by id', [id])).rows

  /** A user whose profile was made over HTTP. */
  async function someone(body: object = {}) {
    const id = users.add()
    const { status, text, headers } = await running.post('/profiles', { id, ...body })
    if (status !== 201) throw new Error(text)
    return { id, etag: String(headers.get('etag')) }
  }
  return { ...running, dbUrl, pool, users, send, change, patch, told, someone }
}

export type ProfilesHarness = Awaited<ReturnType<typeof runningProfiles>>
