import type { z } from 'zod'
import { notificationData } from '../../../../systems/shop/notificationData.ts'
import { layout, type Mail } from './layout.ts'
import { type Language, words } from './words.ts'

/** What a template needs, and what it makes of it. */
export interface Template<Data = unknown> {
  readonly data: z.ZodType<Data>
  readonly render: (data: Data, language: Language) => Mail
  /** What its user switches it off by; there are mails that nobody can. */
  readonly preference?: 'orderUpdates'
}

function template<Data>(
  data: z.ZodType<Data>,
  render: Template<Data>['render'],
  preference?: Template['preference'],
): Template {
  return { data, render, ...(preference && { preference }) } as Template
}

/** Every template by its name. Another one is an entry here, with what it shows in `systems/shop/notificationData.ts`. */
export const templates: Readonly<Record<string, Template>> = {
  order_confirmed: template(
    notificationData.order_confirmed,
    (order, language) => {
      const { subject, intro } = words[language].confirmed
      return layout({
        language,
        subject: subject(order.order_number),
        customer: order.customer_name,
        paragraphs: [intro(order.order_number)],
        order,
      })
    },
    'orderUpdates',
  ),
  // Nobody can turn it off: it is about money that is given back.
  order_cancelled: template(notificationData.order_cancelled, (order, language) => {
    const { subject, intro } = words[language].cancelled
    const why = words[language].why[order.reason]
    return layout({
      language,
      subject: subject(order.order_number),
      customer: order.customer_name,
      paragraphs: [intro(order.order_number), order.detail ? `${why} ${order.detail}` : why],
      order,
    })
  }),
  system_alert: template(notificationData.system_alert, (alert, language) => {
    const { subject, since, until } = words[language].alert
    const { change, severity, opened_at, resolved_at } = alert
    return layout({
      language,
      subject: subject[change](severity, alert.subject),
      customer: undefined,
      paragraphs: [alert.message, since(opened_at), ...(resolved_at ? [until(resolved_at)] : [])],
    })
  }),
}

/** Undefined: such mails cannot be switched off. */
export function preferenceOf(template: string): Template['preference'] {
  return Object.hasOwn(templates, template) ? templates[template]?.preference : undefined
}
