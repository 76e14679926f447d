import { productOf } from '../data.ts'
import type { Step } from '../followSteps.ts'
import type { Line, Notification, Order, Product, Shop } from '../shop.ts'

/** A case of the seed. */
export interface DemoCase {
  readonly title: string
  /** What is shown when every step came. */
  readonly result: string
  /** Shows nothing where no service sends e-mails. */
  readonly isOfMail?: boolean
  /** Places the order. @returns what is to happen then. */
  begin(shop: Shop): Promise<Step[]>
}

/** The steps that an order and its services are seen by. */
export class OrderSteps {
  readonly #shop: Shop
  readonly #order: Order

  constructor(shop: Shop, order: Order) {
    this.#shop = shop
    this.#order = order
  }

  placed(text: string, lines: readonly Line[]): Step {
    const { order_number, total_amount, currency } = this.#order
    const items = lines.map(({ product, quantity }) => `${quantity} × ${product.sku}`).join(', ')
    return seen(text, `${order_number}: ${items}, ${total_amount.toFixed(2)} ${currency}`)
  }

  /** An event of the order. */
  published(text: string, type: string): Step {
    return {
      text,
      look: async () => {
        const event = (await this.#shop.readHistory(this.#order.id)).find((each) => each.type === type)
        return event && `versión ${event.version}`
      },
    }
  }

  /** A step of the order's saga: a line of its history. */
  saga(text: string, step: string, kind: string, facts = ''): Step {
    return {
      text,
      look: async () => {
        const { history } = await this.#shop.readSaga(this.#order.id)
        return history.some((line) => line.step === step && line.kind === kind) ? facts : undefined
      },
    }
  }

  cancelled(text: string): Step {
    return {
      text,
      look: async () => {
        const { cancellation, status } = await this.#shop.readOrder(this.#order.id)
        if (status !== 'CANCELLED') return undefined
        return [cancellation?.reason, cancellation?.detail].filter(Boolean).join(': ')
      },
    }
  }

  payment(text: string, status: string): Step {
    return {
      text,
      look: async () => {
        const payment = await this.#shop.findPayment(this.#order.id)
        if (payment?.status !== status) return undefined
        return payment.reason ?? `pago ${payment.id}, ${payment.amount?.toFixed(2)}`
      },
    }
  }

  /** The stock of a product is what it was, but for so many units. */
  stock(text: string, before: Product, change: number): Step {
    return {
      text,
      look: async () => {
        const { stock_quantity, reserved_quantity } = await productOf(this.#shop, before.sku)
        const isThere =
          stock_quantity === before.stock_quantity + change && reserved_quantity === before.reserved_quantity
        return isThere
          ? `${before.sku}: ${before.stock_quantity} → ${stock_quantity}, reservas como antes`
          : undefined
      },
    }
  }

  /** None where no service sends e-mails. */
  notification(text: string, state: string, facts: (found: Notification) => string): Step[] {
    if (!this.#shop.sendsMail) return []
    const look = async () => {
      const found = await this.#shop.findNotification(this.#order.id)
      return found?.state === state ? facts(found) : undefined
    }
    return [{ text, look }]
  }

  /** Gives the notification that was given up new attempts. None where no service sends e-mails. */
  redriven(text: string): Step[] {
    if (!this.#shop.sendsMail) return []
    const look = async () => {
      const found = await this.#shop.findNotification(this.#order.id)
      if (found?.state !== 'dead') return undefined
      await this.#shop.redriveNotification(found.notification_id)
      return `npx relevo emails redrive ${found.notification_id}`
    }
    return [{ text, look }]
  }
}

/** A step that has been seen already. */
export function seen(text: string, facts: string): Step {
  return { text, look: async () => facts }
}

export function sentTo({ template, to }: Notification): string {
  return `${template} a ${to}`
}
