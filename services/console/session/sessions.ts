import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type GuardedRequest, isOperator, ServiceError } from '@relevo/kit'
import { z } from 'zod'
import type { Account, Accounts, Tokens } from './accounts.ts'
import { seal, unseal } from './seal.ts'

export interface SessionSettings {
  readonly host: string
  readonly sessionHours: number
  readonly operatorToken: () => string | undefined
  /** Where the users service is installed. */
  readonly accounts?: Accounts | undefined
  /** Of every replica: seals the sessions of accounts where there is no token of operators. */
  readonly sharedKey: () => Promise<Buffer>
}

/** Who uses the console. */
export interface Operator {
  /** As given at the log-in; of an account, its own. */
  readonly name: string
  /** Of an account. */
  readonly userId?: string | undefined
  /** What a page of the console sends with whatever changes something. */
  readonly csrf: string
  /** It sent the token itself, which no foreign page can. */
  readonly isProgram: boolean
}

export const logInWays = ['account', 'token'] as const
/** How one logs in: with an account of the users, or with the token of operators and a name. */
export type LogInWay = (typeof logInWays)[number]

export interface ShownSession {
  readonly operator: Operator | undefined
  /** When the page has to ask again, in milliseconds since 1970, so that the session goes on. */
  readonly renewAt?: number
  /** To be set in the browser. */
  readonly cookie?: string
}

const cookieName = 'relevo_session'
/** The session of an operator who needs no login: without a token, whoever connects from this machine is one. */
const localName = 'local'
const programName = 'program'
const mostFailures = 10
const failuresMs = 60_000
/** An access token that ends sooner is renewed whenever the page asks who it is. */
const renewMs = 120_000

const sessionForm = z.object({
  name: z.string(),
  ends: z.number(),
  /** The same for as long as the session goes on, so that pages keep their tokens. */
  nonce: z.string(),
  account: z
    .object({ userId: z.string(), access: z.string(), refresh: z.string(), accessEnds: z.number() })
    .optional(),
})
type Session = z.output<typeof sessionForm>

/**
 * Sessions of operators. A session is a sealed cookie, so that every replica can read it. The key is derived from the operator token, so
 * a new token ends every session. Without a token, the key is in the database and every session belongs to an account: whoever
 * knows that key still needs an access token of one.
 */
export class Sessions {
  readonly #settings: SessionSettings
  /** For the pages of who connects from this machine, where nobody logs in. */
  readonly #ownKey = randomBytes(32)
  #failedAt: number[] = []

  constructor(settings: SessionSettings) {
    this.#settings = settings
  }

  /** The better one first; none: operators are who connects from the same machine. */
  get ways(): readonly LogInWay[] {
    const { accounts, operatorToken } = this.#settings
    return logInWays.filter((way) => (way === 'account' ? accounts : operatorToken()) !== undefined)
  }

  /** Undefined: this visitor may only look. */
  async find(request: GuardedRequest, now = Date.now()): Promise<Operator | undefined> {
    return this.#find(request, now).catch((error) => {
      if (error instanceof ServiceError) return undefined // who it is cannot be told just now
      throw error
    })
  }

  async #find(request: GuardedRequest, now: number): Promise<Operator | undefined> {
    const { ways } = this
    if (ways.length === 0)
      return isOperator(request, this.#settings) ? this.#operator(localName, localName) : undefined
    if (ways.includes('token') && isOperator(request, this.#settings))
      return { ...(await this.#operator(programName, programName)), isProgram: true }
    const session = await this.#read(request, now)
    if (session === undefined || !(await this.#holds(session))) return undefined
    return this.#operator(session.name, session.nonce, session.account?.userId)
  }

  /**
   * @throws ServiceError unless the request is an operator's, and, when it changes something, from a page of the console;
   * `unavailable` while the keys of access tokens cannot be had.
   */
  async require(request: GuardedRequest): Promise<Operator> {
    const operator = await this.#find(request, Date.now())
    if (operator === undefined) throw notAnOperator(this.ways)
    const isSafe = request.method === 'GET' || request.method === 'HEAD'
    if (!isSafe && !operator.isProgram) checkCsrf(request, operator)
    return operator
  }

  /** Who it is, and what keeps the session going. */
  async show(request: GuardedRequest, isSecure: boolean, now = Date.now()): Promise<ShownSession> {
    const session = await this.#read(request, now)
    const account = session?.account
    const { accounts } = this.#settings
    if (!accounts || !account) return { operator: await this.find(request, now) }
    const isGood = account.accessEnds > now + renewMs && (await this.#holds(session).catch(() => true))
    const renewed = isGood ? session : await this.#renew(session, now)
    if (renewed === undefined) return { operator: undefined, cookie: this.#cookie('', 0, isSecure) }
    const operator = await this.#holds(renewed).catch(() => false)
    return {
      operator: operator ? await this.#operator(renewed.name, renewed.nonce, account.userId) : undefined,
      renewAt: Math.max(now + 1_000, (renewed.account?.accessEnds ?? now) - renewMs / 2),
      ...(renewed !== session && { cookie: await this.#cookieOf(renewed, isSecure, now) }),
    }
  }

  /** Undefined: the session has ended. Users who do not answer have it as it is. */
  async #renew(session: Session, now: number): Promise<Session | undefined> {
    const { account } = session
    if (!account) return session
    try {
      const tokens = await this.#settings.accounts?.refresh(account.refresh)
      return tokens && { ...session, account: toAccount(account.userId, tokens, now) }
    } catch (error) {
      if (error instanceof ServiceError) return session
      throw error
    }
  }

  /**
   * The cookie of a session with the token of operators.
   * @throws ServiceError `unauthenticated` for another token; `tooManyRequests` after ten of those within a minute.
   */
  async logIn(token: string, name: string, isSecure: boolean, now = Date.now()): Promise<string> {
    this.#failedAt = this.#failedAt.filter((at) => at > now - failuresMs)
    if (this.#failedAt.length >= mostFailures)
      throw new ServiceError('tooManyRequests', 'Too many log-ins have failed. Try again in a minute.', {
        headers: { 'retry-after': '60' },
      })
    const expected = this.#settings.operatorToken()
    if (expected === undefined || !isSame(token, expected)) {
      this.#failedAt.push(now)
      throw new ServiceError('unauthenticated', 'This is not the token of operators.')
    }
    return this.#begin({ name }, isSecure, now)
  }

  /** The cookie of a session with an account. @throws as {@link Accounts.logIn}. */
  async logInTo(
    { email, password }: { readonly email: string; readonly password: string },
    request: GuardedRequest,
    isSecure: boolean,
  ): Promise<{ readonly cookie: string; readonly name: string }> {
    const { accounts } = this.#settings
    if (!accounts) throw new ServiceError('invalidRequest', 'Log in with the token of operators and a name.')
    const account = await accounts.logIn(email, password, clientOf(request))
    return { cookie: await this.#begin(account, isSecure, Date.now()), name: account.name }
  }

  /** Ends the session; the cookie takes it out of the browser. */
  async logOut(request: GuardedRequest, isSecure: boolean): Promise<string> {
    const { account } = (await this.#read(request, Date.now())) ?? {}
    if (account) await this.#settings.accounts?.logOut(account.refresh)
    return this.#cookie('', 0, isSecure)
  }

  #begin(
    { name, userId, tokens }: Pick<Account, 'name'> & Partial<Account>,
    isSecure: boolean,
    now: number,
  ): Promise<string> {
    const ends = now + this.#settings.sessionHours * 3_600_000
    const session = { name, ends, nonce: randomBytes(16).toString('base64url') }
    const account = userId !== undefined && tokens && toAccount(userId, tokens, now)
    return this.#cookieOf({ ...session, ...(account && { account }) }, isSecure, now)
  }

  async #cookieOf(session: Session, isSecure: boolean, now: number): Promise<string> {
    return this.#cookie(
      seal(await this.#key(), JSON.stringify(session)),
      (session.ends - now) / 1_000,
      isSecure,
    )
  }

  #cookie(value: string, seconds: number, isSecure: boolean): string {
    const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(seconds)}${isSecure ? '; Secure' : ''}`
    return `${cookieName}=${value}; ${flags}`
  }

  /** A session that was begun in a way that there is no more does not hold. */
  async #read({ headers }: GuardedRequest, now: number): Promise<Session | undefined> {
    const sealed = readCookie(headers.cookie, cookieName)
    const text = sealed === undefined ? undefined : unseal(await this.#key(), sealed)
    const session = text === undefined ? undefined : sessionForm.safeParse(JSON.parse(text)).data
    if (session === undefined || session.ends <= now) return undefined
    return this.ways.includes(session.account ? 'account' : 'token') ? session : undefined
  }

  /** May its user still act? */
  async #holds({ account }: Session): Promise<boolean> {
    if (!account) return true
    return (await this.#settings.accounts?.findUser(account.access)) === account.userId
  }

  async #operator(name: string, session: string, userId?: string): Promise<Operator> {
    const csrf = createHmac('sha256', await this.#key())
      .update(`csrf ${session}`)
      .digest('base64url')
    return { name, ...(userId !== undefined && { userId }), csrf, isProgram: false }
  }

  /** @throws ServiceError `unavailable` while it cannot be had. */
  async #key(): Promise<Buffer> {
    const { accounts, sharedKey } = this.#settings
    const token = this.#settings.operatorToken()
    if (token !== undefined) return createHash('sha256').update(`console ${token}`).digest()
    return accounts ? sharedKey() : this.#ownKey
  }
}

function toAccount(userId: string, tokens: Tokens, now: number): NonNullable<Session['account']> {
  const { access_token: access, refresh_token: refresh, expires_in } = tokens
  return { userId, access, refresh, accessEnds: now + expires_in * 1_000 }
}

function notAnOperator([best]: readonly LogInWay[]): ServiceError {
  if (best === 'account')
    return new ServiceError('unauthenticated', 'Log in with an account of the role operator or admin.')
  if (best === 'token') return new ServiceError('unauthenticated', 'Log in with the token of operators.')
  return new ServiceError(
    'forbidden',
    'Without OPERATOR_TOKEN set, only who connects from the same machine is an operator. Set it, and log in.',
  )
}

function checkCsrf({ headers }: GuardedRequest, { csrf }: Operator): void {
  const given = headers['x-csrf-token']
  if (typeof given === 'string' && isSame(given, csrf)) return
  throw new ServiceError('forbidden', 'The page is out of date. Load it again.')
}

/** The address that failed log-ins count for, as the gateway tells it. */
function clientOf({ headers, remote }: GuardedRequest): string {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().at(-1)
  return forwarded?.split(',').at(-1)?.trim() || remote
}

/** The value of the first cookie of that name. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Digests are of one length, as the comparison wants it. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
