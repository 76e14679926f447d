import { CommandError } from '../scripts/commandLine.ts'
import type { UserUrls } from './places.ts'
import type { Line, Order } from './shop.ts'

const timeoutMs = 20_000

interface Mail {
  readonly id: string
  readonly to: readonly string[]
}

/** What a user does, through the gateway; and what an operator of this machine sees and does. */
export class Account {
  readonly email = `demo-${crypto.randomUUID()}@example.com`
  readonly #password = crypto.randomUUID()
  readonly #urls: UserUrls
  #id = ''
  #token = ''

  constructor(urls: UserUrls) {
    this.#urls = urls
  }

  /** @returns the user's id. */
  async register(): Promise<string> {
    const body = { name: 'Usuaria de la demo', email: this.email, password: this.#password }
    this.#id = (await this.#post<{ id: string }>('/api/users/users', body)).id
    return this.#id
  }

  /** The code in the mail to the user; undefined while there is none. */
  async findCode(): Promise<string | undefined> {
    const { mails } = (await read(await this.#fetch('mailbox', '/mails'))) as { mails: Mail[] }
    const mail = mails.find(({ to }) => to.includes(this.email))
    if (mail === undefined) return undefined
    const { text } = (await read(await this.#fetch('mailbox', `/mails/${mail.id}`))) as { text: string }
    return /[0-9a-f-]{36}\.[\w-]{43}/.exec(text)?.[0]
  }

  async verify(code: string): Promise<void> {
    await this.#post('/api/users/auth/verify-email', { token: code })
  }

  /** @returns for how many seconds the access token is valid. */
  async login(): Promise<number> {
    const { access_token, expires_in } = await this.#post<{ access_token: string; expires_in: number }>(
      '/api/users/auth/login',
      { email: this.email, password: this.#password },
    )
    this.#token = access_token
    return expires_in
  }

  /** Undefined while there is none. */
  async findProfile(): Promise<{ readonly language: string } | undefined> {
    const response = await this.#fetch('gateway', `/api/profiles/profiles/${this.#id}`)
    return response.status === 404 ? undefined : ((await read(response)) as { language: string })
  }

  placeOrder(lines: readonly Line[]): Promise<Order> {
    return this.#post('/api/orders/orders', {
      order_type: 'sell',
      customer_name: 'Usuaria de la demo',
      customer_email: this.email,
      items: lines.map(({ product: { sku, name, price }, quantity }) => ({
        product_id: sku,
        product_name: name,
        quantity,
        unit_price: price,
      })),
    })
  }

  async readOrder(id: string): Promise<Order> {
    return (await read(await this.#fetch('gateway', `/api/orders/orders/${id}`))) as Order
  }

  /** As an admin does: here, on the machine of the services, without a token. */
  async disable(): Promise<void> {
    await read(await this.#fetch('users', `/users/${this.#id}/disable`, { method: 'POST' }))
  }

  /** The status that the user's token is answered with. */
  async statusOfToken(): Promise<number> {
    return (await this.#fetch('gateway', '/api/users/users/me')).status
  }

  async statusOfLogin(): Promise<number> {
    const body = JSON.stringify({ email: this.email, password: this.#password })
    return (await this.#fetch('gateway', '/api/users/auth/login', { method: 'POST', body })).status
  }

  async #post<T>(path: string, body: object): Promise<T> {
    return (await read(
      await this.#fetch('gateway', path, { method: 'POST', body: JSON.stringify(body) }),
    )) as T
  }

  async #fetch(place: keyof UserUrls, path: string, init: RequestInit = {}): Promise<Response> {
    const url = `${this.#urls[place]}${path}`
    const headers = {
      'content-type': 'application/json',
      ...(this.#token && place === 'gateway' && { authorization: `Bearer ${this.#token}` }),
    }
    try {
      return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      const why = (cause as Error & { cause?: Error }).cause?.message ?? (cause as Error).message
      throw new CommandError('cannotRun', `${place} does not answer at ${url} (${why}).`, { cause })
    }
  }
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
