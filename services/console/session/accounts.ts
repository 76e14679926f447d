import { hasRole, type Identities, ServiceError } from '@relevo/kit'
import type pg from 'pg'
import { z } from 'zod'
import { type Received, receive } from '../sources/serviceClient.ts'
import { refreshOnce } from '../sql/refreshes.ts'

export interface AccountsOptions {
  /** Where the users service answers. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly answerTimeoutMs: number
  /** Where replicas tell each other which refresh tokens are spent. */
  readonly pool: pg.Pool
  /** Verifies access tokens, and hears of users who were disabled or erased. */
  readonly identities: Pick<Identities, 'verify'>
}

const tokens = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })
export type Tokens = z.output<typeof tokens>

/** An account that may act, logged in. */
export interface Account {
  /** The id of the user. */
  readonly userId: string
  readonly name: string
  readonly tokens: Tokens
}

/** The accounts of the users service: logging in and out, and going on with a session. */
export class Accounts {
  readonly #options: AccountsOptions

  constructor(options: AccountsOptions) {
    this.#options = options
  }

  /**
   * Logs in. @param client the address that the attempt counts for.
   * @throws ServiceError `unauthenticated` for a wrong password, `tooManyRequests`, `forbidden` for an account that may
   * not act, `unavailable`.
   */
  async logIn(email: string, password: string, client: string): Promise<Account> {
    const answer = await this.#ask('/auth/login', {
      body: { email, password },
      headers: { 'x-forwarded-for': client },
    })
    if (answer.status === 400 || answer.status === 401)
      throw new ServiceError(
        'unauthenticated',
        'Address or password are wrong, or the address is not verified.',
      )
    const issued = tokens.parse(checked(answer).body)
    try {
      return { ...(await this.#whoIs(issued.access_token)), tokens: issued }
    } catch (error) {
      await this.logOut(issued.refresh_token)
      throw error
    }
  }

  async #whoIs(access: string): Promise<Omit<Account, 'tokens'>> {
    const identity = await this.#options.identities.verify(access)
    if (!hasRole(identity, 'operator'))
      throw new ServiceError(
        'forbidden',
        `This account has the role ${identity.role}. To act, it needs the role operator or admin.`,
      )
    const headers = { authorization: `Bearer ${access}` }
    const { name } = z
      .object({ name: z.string() })
      .parse(checked(await this.#ask('/users/me', { headers })).body)
    return { userId: identity.subject, name }
  }

  /** The id of the user whose token it is. Undefined: it is not valid, or not any more, or its user may not act. */
  async findUser(access: string): Promise<string | undefined> {
    try {
      const identity = await this.#options.identities.verify(access)
      return hasRole(identity, 'operator') ? identity.subject : undefined
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'unauthenticated') return undefined
      throw error
    }
  }

  /**
   * Undefined: the session has ended. Other pages of the browser may still send a token that is spent: they get the same.
   * @throws ServiceError `unavailable`, and then the token is as good as before.
   */
  async refresh(token: string): Promise<Tokens | undefined> {
    let asked: Promise<Tokens | undefined> | undefined
    const ask = () => {
      asked ??= this.#refresh(token)
      return asked
    }
    try {
      const askForText = async () => {
        const issued = await ask()
        return issued && JSON.stringify(issued)
      }
      const text = await refreshOnce(this.#options.pool, token, askForText)
      return text === undefined ? undefined : tokens.parse(JSON.parse(text))
    } catch {
      return ask() // without the database, replicas do not know of each other
    }
  }

  async #refresh(token: string): Promise<Tokens | undefined> {
    const answer = await this.#ask('/auth/refresh', { body: { refresh_token: token } })
    return answer.status === 401 ? undefined : tokens.parse(checked(answer).body)
  }

  /** Ends the session, if users answers; otherwise it ends when its tokens do. */
  async logOut(token: string): Promise<void> {
    await this.#ask('/auth/logout', { body: { refresh_token: token } }).catch(() => undefined)
  }

  #ask(
    path: string,
    { body, headers }: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Received> {
    const { fetch, url, answerTimeoutMs } = this.#options
    return receive(fetch, 'users', url + path, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  }
}

function checked(answer: Received): Received {
  if (answer.status === 429)
    throw new ServiceError('tooManyRequests', 'Too many log-ins have failed. Try again later.', {
      headers: { 'retry-after': answer.headers.get('retry-after') ?? '60' },
    })
  if (answer.status >= 400) throw new ServiceError('unavailable', `users answers ${answer.status}.`)
  return answer
}
