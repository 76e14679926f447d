import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Logger } from '@relevo/kit'
import { eventually, startInProcess, testDatabase } from '@relevo/testing'
import { database } from './database.ts'
import { service } from './main.ts'

export const adminLogin = { email: 'Root@Example.com', password: 'the password of the admin' }
const password = 'correct horse battery'

/** The users on a new database, over HTTP. Closed with the test. */
export async function usersHarness(t: TestContext, env: Record<string, string> = {}, logger?: Logger) {
  const { url, pool } = await testDatabase(t, database.migrations)
  const variables = {
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: '20',
    AUTH: 'on',
    OPERATOR_TOKEN: 'operators',
    USERS_MASTER_KEYS: masterKey('one'),
    ADMIN_EMAIL: adminLogin.email,
    ADMIN_PASSWORD: adminLogin.password,
    ANSWER_FLOOR_MS: '0',
    // Whatever a test repeats until something holds.
    ATTEMPTS_PER_ADDRESS: '100000',
    ...env,
  }
  const running = await startInProcess(t, service, variables, logger)
  const { ask, post } = running
  const hasAdmin = async () => (await pool.query(`select from account where role = 'admin'`)).rowCount === 1
  await eventually(hasAdmin, 'the first admin')

  const withToken = (token: string, method = 'GET', body?: unknown): RequestInit => ({
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const login = (email: string, secret = password) => post('/auth/login', { email, password: secret })

  /** The mails that were asked for, the oldest first, as whoever sends them gets them. */
  const mails = async () => {
    const { rows } = await pool.query(
      `select payload ->> 'mail_id' as id from outbox.event where type = 'USER_MAIL_REQUESTED' order by id`,
    )
    const answers = await Promise.all(rows.map(({ id }) => ask(`/mails/${id}`, withToken('operators'))))
    return answers.filter(({ status }) => status === 200).map(({ body }) => body)
  }
  const tokenFor = async (to: string, purpose: string): Promise<string> => {
    const mail = (await mails()).filter((each) => each.to === to && each.purpose === purpose).at(-1)
    if (!mail) throw new Error(`No mail ${purpose} to ${to}`)
    return mail.token
  }
  /** A user whose address is verified, logged in. */
  async function someone(email: string, name = 'Ana Pérez') {
    const registered = await post('/users', { name, email, password })
    await post('/auth/verify-email', { token: await tokenFor(email, 'verify') })
    const { body } = await login(email)
    return {
      id: registered.body.id as string,
      access: body.access_token as string,
      refresh: body.refresh_token as string,
    }
  }
  const admin = async () => (await login(adminLogin.email, adminLogin.password)).body.access_token as string
  /** Recorded events of a type. */
  const events = async (type: string) =>
    (
      await pool.query('select topic, key, payload, event_id from outbox.event where type = $1 order by id', [
        type,
      ])
    ).rows

  return {
    ...running,
    variables,
    dbUrl: url,
    pool,
    withToken,
    login,
    mails,
    tokenFor,
    someone,
    admin,
    events,
    password,
  }
}

export type UsersHarness = Awaited<ReturnType<typeof usersHarness>>

export function masterKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`
}
