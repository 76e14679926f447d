import type pg from 'pg'
import { parseBody } from './classifyAnswer.ts'

/** A user whose address is verified. */
export interface Customer {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** How the users service and its mails are reached. */
export interface UsersPlace {
  readonly usersUrl: string
  /** What operators send; undefined: they ask from the same machine. */
  readonly operatorToken: string | undefined
  /** Whose outbox tells which mail a user is to get. */
  readonly database: Pick<pg.Pool, 'query'>
}

const timeoutMs = 30_000

const findMail = `
select payload ->> 'mail_id' as id from outbox.recorded
where topic = 'users.mails' and payload ->> 'user_id' = $1 and payload ->> 'purpose' = 'verify'`

/**
 * Registers users and verifies their addresses by the mails that they are to get, one after the other: a password costs a core
 * some 100 ms. @throws Error with what was answered instead.
 */
export async function makeCustomers(count: number, place: UsersPlace): Promise<Customer[]> {
  const customers: Customer[] = []
  for (let n = 0; n < count; n++) customers.push(await makeCustomer(place))
  return customers
}

async function makeCustomer({ usersUrl, operatorToken, database }: UsersPlace): Promise<Customer> {
  const [email, password] = [`${crypto.randomUUID()}@load.example`, `password ${crypto.randomUUID()}`]
  const { id } = await send(usersUrl, '/users', { name: 'Load', email, password })
  const { rows } = await database.query<{ id: string }>(findMail, [id])
  if (rows[0] === undefined) throw new Error(`The user ${id} is to get no mail to verify the address by.`)
  const headers = operatorToken === undefined ? {} : { authorization: `Bearer ${operatorToken}` }
  const mail = await fetch(`${usersUrl}/mails/${rows[0].id}`, {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
  })
  const { token } = await readBody(mail, `/mails/${rows[0].id}`)
  await send(usersUrl, '/auth/verify-email', { token })
  return { id: String(id), email, password }
}

async function send(url: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return readBody(answer, path)
}

async function readBody(answer: Response, path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await answer.text()
  if (!answer.ok)
    throw new Error(`The users service answers ${answer.status} at ${path}: ${text.slice(0, 300)}`)
  return parseBody(text) ?? {}
}
