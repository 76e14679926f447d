import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type GuardedRequest, isOperator, ServiceError } from '@relevo/kit'

export interface SessionSettings {
  readonly host: string
  readonly sessionHours: number
  readonly operatorToken: () => string | undefined
}

/** Who uses the console. */
export interface Operator {
  /** As given at the log-in. */
  readonly name: string
  /** What a page of the console sends with whatever changes something. */
  readonly csrf: string
  /** It sent the token itself, which no foreign page can. */
  readonly isProgram: boolean
}

const cookieName = 'relevo_session'
/** Of an operator who needs no log-in: without a token, whoever connects from this machine is one. */
const localName = 'local'
const programName = 'program'
const mostFailures = 10
const failuresMs = 60_000

/**
 * Sessions of operators. A session is a signed cookie, so that every replica knows it, and its key is made of the token:
 * a new token ends every session.
 */
export class Sessions {
  readonly #settings: SessionSettings
  /** The key without a token; such pages last as long as this process. */
  readonly #ownKey = randomBytes(32)
  #failedAt: number[] = []

  constructor(settings: SessionSettings) {
    this.#settings = settings
  }

  get needsToken(): boolean {
    return this.#settings.operatorToken() !== undefined
  }

  /** Undefined: whoever it is may look, and no more. */
  find(request: GuardedRequest, now = Date.now()): Operator | undefined {
    const isKnown = isOperator(request, this.#settings)
    if (!this.needsToken) return isKnown ? this.#operator(localName, localName) : undefined
    if (isKnown) return { ...this.#operator(programName, programName), isProgram: true }
    const session = readCookie(request.headers.cookie, cookieName)
    const [name, expires, nonce, mac] = session?.split('.') ?? []
    if (!name || !expires || !nonce || !mac) return undefined
    const signed = `${name}.${expires}.${nonce}`
    if (!isSame(mac, this.#sign(`session ${signed}`)) || Number(expires) <= now) return undefined
    return this.#operator(Buffer.from(name, 'base64url').toString(), signed)
  }

  /** @throws ServiceError unless the request is an operator's, and, when it changes something, from a page of the console. */
  require(request: GuardedRequest): Operator {
    const operator = this.find(request)
    if (operator === undefined)
      throw this.needsToken
        ? new ServiceError('unauthenticated', 'Log in with the token of operators.')
        : new ServiceError(
            'forbidden',
            'Without OPERATOR_TOKEN set, only who connects from the same machine is an operator. Set it, and log in.',
          )
    const isSafe = request.method === 'GET' || request.method === 'HEAD'
    if (!isSafe && !operator.isProgram) checkCsrf(request, operator)
    return operator
  }

  /**
   * The cookie of a new session.
   * @throws ServiceError `unauthenticated` for another token; `tooManyRequests` after ten of those within a minute.
   */
  logIn(token: string, name: string, isSecure: boolean, now = Date.now()): string {
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
    const seconds = this.#settings.sessionHours * 3_600
    const nonce = randomBytes(16).toString('base64url')
    const signed = `${Buffer.from(name).toString('base64url')}.${now + seconds * 1_000}.${nonce}`
    return cookie(`${signed}.${this.#sign(`session ${signed}`)}`, seconds, isSecure)
  }

  logOut(isSecure: boolean): string {
    return cookie('', 0, isSecure)
  }

  #operator(name: string, session: string): Operator {
    return { name, csrf: this.#sign(`csrf ${session}`), isProgram: false }
  }

  #sign(text: string): string {
    const token = this.#settings.operatorToken()
    const key = token === undefined ? this.#ownKey : createHash('sha256').update(`console ${token}`).digest()
    return createHmac('sha256', key).update(text).digest('base64url')
  }
}

function checkCsrf({ headers }: GuardedRequest, { csrf }: Operator): void {
  const given = headers['x-csrf-token']
  if (typeof given === 'string' && isSame(given, csrf)) return
  throw new ServiceError('forbidden', 'The page is out of date. Load it again.')
}

function cookie(value: string, seconds: number, isSecure: boolean): string {
  const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`
  return `${cookieName}=${value}; ${flags}`
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
