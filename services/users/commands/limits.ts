import { tooMany } from '../passwords/passwords.ts'
import { canonical } from '../secrets/canonical.ts'
import { type AttemptLimit, countAttempt } from '../sql/attempts.ts'
import type { Users } from '../users.ts'

/** Who connects: the address that is counted. */
export interface Client {
  readonly address: string
}

/**
 * Counts an attempt to log in, known account or not: of the account from this address, of the account, of the address.
 * @returns what is forgotten when it succeeds. @throws ServiceError `tooManyRequests`.
 */
export async function limitLogin(
  users: Users,
  email: string,
  { address }: Client,
): Promise<readonly Buffer[]> {
  const account = canonical(email)
  const pair = users.hash.of('attempt', JSON.stringify(['login', account, address]))
  const all = users.hash.of('attempt', JSON.stringify(['login', account]))
  const { attemptsPerAccount } = users.config
  await count(users, [
    { subject: pair, most: attemptsPerAccount },
    { subject: all, most: attemptsPerAccount * 5 },
    ofAddress(users, address),
  ])
  return [pair, all]
}

/** Counts what has a mail sent or uses a code. @throws ServiceError `tooManyRequests`. */
export async function limitRequest(users: Users, { address }: Client, email?: string): Promise<void> {
  const ofMail = email === undefined ? [] : [mailLimit(users, email)]
  await count(users, [ofAddress(users, address), ...ofMail])
}

function mailLimit(users: Users, email: string): AttemptLimit {
  const subject = users.hash.of('attempt', JSON.stringify(['mail', canonical(email)]))
  return { subject, most: users.config.attemptsPerAccount }
}

function ofAddress(users: Users, address: string): AttemptLimit {
  const subject = users.hash.of('attempt', JSON.stringify(['address', address]))
  return { subject, most: users.config.attemptsPerAddress }
}

async function count(users: Users, limits: readonly AttemptLimit[]): Promise<void> {
  const seconds = await countAttempt(users.pool, limits, users.config.attemptWindowMs)
  if (seconds !== undefined) throw tooMany(seconds)
}
