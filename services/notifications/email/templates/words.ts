import type { languages } from '../../../../systems/shop/notificationRequests.ts'
import type { cancellationReasons } from '../../../../systems/shop/orderEvents.ts'

export type Language = (typeof languages)[number]

export interface Words {
  readonly hello: (name: string | undefined) => string
  readonly confirmed: {
    readonly subject: (order: string) => string
    readonly intro: (order: string) => string
  }
  readonly cancelled: {
    readonly subject: (order: string) => string
    readonly intro: (order: string) => string
  }
  readonly why: Readonly<Record<(typeof cancellationReasons)[number], string>>
  readonly alert: {
    readonly subject: Readonly<
      Record<'opened' | 'resolved', (severity: 'critical' | 'warning', about: string) => string>
    >
    readonly since: (time: string) => string
    readonly until: (time: string) => string
  }
  readonly product: string
  readonly quantity: string
  readonly amount: string
  readonly total: string
  readonly thanks: string
}

const es: Words = {
  hello: (name) => (name ? `Hola, ${name}:` : 'Hola:'),
  confirmed: {
    subject: (order) => `Tu pedido ${order} está confirmado`,
    intro: (order) => `Hemos confirmado tu pedido ${order}. Esto es lo que lleva:`,
  },
  cancelled: {
    subject: (order) => `Tu pedido ${order} se ha cancelado`,
    intro: (order) => `Tu pedido ${order} se ha cancelado. Si ya habías pagado, te devolvemos el importe.`,
  },
  why: {
    INSUFFICIENT_STOCK: 'No tenemos unidades suficientes de algún producto.',
    PRICE_CHANGED: 'El precio de algún producto ha cambiado desde que hiciste el pedido.',
    UNKNOWN_PRODUCT: 'Algún producto ya no está en nuestro catálogo.',
    PAYMENT_DECLINED: 'El pago no fue aceptado.',
    TIMEOUT: 'No pudimos completar el pedido a tiempo.',
    CUSTOMER_REQUEST: 'Se canceló a petición tuya.',
    OPERATOR: 'Lo hemos cancelado nosotros.',
    REJECTED: 'No pudimos preparar el pedido.',
  },
  alert: {
    subject: {
      opened: (severity, about) => `${severity === 'critical' ? 'Alerta crítica' : 'Alerta'}: ${about}`,
      resolved: (_, about) => `Resuelta: ${about}`,
    },
    since: (time) => `Desde: ${time}`,
    until: (time) => `Hasta: ${time}`,
  },
  product: 'Producto',
  quantity: 'Cantidad',
  amount: 'Importe',
  total: 'Total',
  thanks: 'Gracias por tu confianza.',
}

const en: Words = {
  hello: (name) => (name ? `Hello ${name},` : 'Hello,'),
  confirmed: {
    subject: (order) => `Your order ${order} is confirmed`,
    intro: (order) => `We have confirmed your order ${order}. This is what it contains:`,
  },
  cancelled: {
    subject: (order) => `Your order ${order} was cancelled`,
    intro: (order) => `Your order ${order} was cancelled. Whatever you have paid is refunded.`,
  },
  why: {
    INSUFFICIENT_STOCK: 'We do not have enough units of a product.',
    PRICE_CHANGED: 'The price of a product has changed since you placed the order.',
    UNKNOWN_PRODUCT: 'A product is no longer in our catalogue.',
    PAYMENT_DECLINED: 'The payment was declined.',
    TIMEOUT: 'We could not complete the order in time.',
    CUSTOMER_REQUEST: 'It was cancelled at your request.',
    OPERATOR: 'We cancelled it.',
    REJECTED: 'We could not prepare the order.',
  },
  alert: {
    subject: {
      opened: (severity, about) => `${severity === 'critical' ? 'Critical alert' : 'Alert'}: ${about}`,
      resolved: (_, about) => `Resolved: ${about}`,
    },
    since: (time) => `Since: ${time}`,
    until: (time) => `Until: ${time}`,
  },
  product: 'Product',
  quantity: 'Quantity',
  amount: 'Amount',
  total: 'Total',
  thanks: 'Thank you for shopping with us.',
}

export const words: Readonly<Record<Language, Words>> = { es, en }
