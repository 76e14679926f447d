import { CommandError } from '../scripts/commandLine.ts'
import { mailService, type ServiceName, type Urls } from './places.ts'

const timeoutMs = 20_000

export interface Product {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly price: number
  readonly stock_quantity: number
  readonly reserved_quantity: number
  readonly available_quantity: number
}

export interface Order {
  readonly id: string
  readonly order_number: string
  readonly status: string
  readonly total_amount: number
  readonly currency: string
  readonly cancellation?: { readonly reason: string; readonly detail?: string }
}

export interface OrderEvent {
  readonly version: number
  readonly type: string
}

export interface Saga {
  readonly status: string
  readonly steps: Readonly<Record<string, { readonly status: string; readonly attempts: number }>>
  readonly history: readonly { readonly kind: string; readonly step: string | null; readonly at: string }[]
}

export interface Payment {
  readonly id: number
  readonly status: string
  readonly amount: number | null
  readonly reason: string | null
}

export interface Notification {
  readonly notification_id: string
  readonly template: string
  readonly to: string
  readonly state: string
  readonly attempts: number
  readonly reason: string | null
  readonly detail: string | null
}

export interface Line {
  readonly product: Product
  readonly quantity: number
}

/** The shop by its HTTP APIs. Every call throws an Error with the answer when that is not a success. */
export class Shop {
  readonly #urls: Urls
  readonly #operator: Readonly<Record<string, string>>

  /** @param operatorToken what the services ask operators for, when they do. */
  constructor(urls: Urls, operatorToken?: string) {
    this.#urls = urls
    this.#operator = operatorToken ? { authorization: `Bearer ${operatorToken}` } : {}
  }

  /** Whether a service sends e-mails here. */
  get sendsMail(): boolean {
    return this.#urls[mailService] !== undefined
  }

  /** @returns undefined when there is none. */
  async findProduct(sku: string): Promise<Product | undefined> {
    const path = `/products/${encodeURIComponent(sku)}`
    const response = await this.#fetch('inventory', path)
    return response.status === 404 ? undefined : ((await read(response, path)) as Product)
  }

  createProduct(product: object): Promise<Product> {
    return this.#post('inventory', '/products', product)
  }

  addStock({ id }: Product, quantity: number): Promise<unknown> {
    const change = { quantity_change: quantity, movement_type: 'purchase', notes: 'npm run demo' }
    return this.#post('inventory', `/products/${id}/stock`, change)
  }

  /** Places an order as its customer would; the answer comes before its saga has begun. */
  placeOrder(customerEmail: string, lines: readonly Line[]): Promise<Order> {
    return this.#post('orders', '/orders', {
      order_type: 'sell',
      customer_name: 'Cliente de la demo',
      customer_email: customerEmail,
      items: lines.map(({ product: { sku, name, price }, quantity }) => ({
        product_id: sku,
        product_name: name,
        quantity,
        unit_price: price,
      })),
    })
  }

  readOrder(id: string): Promise<Order> {
    return this.#get('orders', `/orders/${id}`)
  }

  async readHistory(id: string): Promise<readonly OrderEvent[]> {
    return (await this.#get<{ events: OrderEvent[] }>('orders', `/orders/${id}/history`)).events
  }

  readSaga(id: string): Promise<Saga> {
    return this.#get('orders', `/orders/${id}/saga`)
  }

  async findPayment(orderId: string): Promise<Payment | undefined> {
    const path = `/payments?order_id=${orderId}`
    return (await this.#get<{ payments: Payment[] }>('payments', path)).payments[0]
  }

  async findNotification(orderId: string): Promise<Notification | undefined> {
    const path = `/notifications?order_id=${orderId}`
    return (await this.#get<{ notifications: Notification[] }>(mailService, path)).notifications[0]
  }

  /** As an operator does. */
  redriveNotification(id: string): Promise<unknown> {
    return this.#post(mailService, `/notifications/${id}/redrive`, {})
  }

  async #get<T>(service: ServiceName, path: string): Promise<T> {
    return (await read(await this.#fetch(service, path), path)) as T
  }

  async #post<T>(service: ServiceName, path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
    const response = await this.#fetch(service, path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await read(response, path)) as T
  }

  async #fetch(service: ServiceName, path: string, init: RequestInit = {}): Promise<Response> {
    const url = `${this.#urls[service]}${path}`
    try {
      const headers = { ...this.#operator, ...init.headers }
      return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      const why = (cause as Error & { cause?: Error }).cause?.message ?? (cause as Error).message
      throw new CommandError('cannotRun', `${service} does not answer at ${url} (${why}).`, { cause })
    }
  }
}

async function read(response: Response, path: string): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}
