import type { z } from 'zod'
import type { notificationData } from '../../../../systems/shop/notificationData.ts'
import { html, type Markup, oneLine } from '../markup.ts'
import { type Language, words } from './words.ts'

export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

type OrderData = z.output<(typeof notificationData)['order_confirmed']>
type Money = NonNullable<OrderData['total_amount']>

interface Parts {
  readonly language: Language
  readonly subject: string
  readonly customer: string | undefined
  readonly paragraphs: readonly string[]
  readonly order?: Pick<OrderData, 'items' | 'total_amount'>
}

const font = "font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const cell = 'padding:8px;border-bottom:1px solid #e2e2e6'

/** Puts a mail together, as text and as HTML with the same content. */
export function layout({ language, subject, customer, paragraphs, order = {} }: Parts): Mail {
  const { hello, thanks } = words[language]
  const all = [hello(customer), ...paragraphs]
  const text = [...all.map(oneLine), ...orderText(order, language), thanks]
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f7;color:#1c1c22;${font}">
<div style="max-width:560px;margin:auto;padding:24px;background:#fff;border-radius:8px">
<h1 style="margin-top:0;font-size:20px">${subject}</h1>
${all.map((paragraph) => html`<p>${paragraph}</p>\n`)}${orderHtml(order, language)}<p>${thanks}</p>
</div></body></html>
`
  return { subject: oneLine(subject), text: `${text.join('\n\n')}\n`, html: page.text }
}

function orderText(
  { items = [], total_amount }: Pick<OrderData, 'items' | 'total_amount'>,
  language: Language,
) {
  const lines = items.map(({ product_name, quantity, subtotal }) =>
    oneLine(`- ${quantity} × ${product_name}${subtotal ? `: ${formatMoney(subtotal, language)}` : ''}`),
  )
  return [
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    ...(total_amount ? [`${words[language].total}: ${formatMoney(total_amount, language)}`] : []),
  ]
}

function orderHtml(
  { items = [], total_amount }: Pick<OrderData, 'items' | 'total_amount'>,
  language: Language,
): Markup {
  const { product, quantity, amount, total } = words[language]
  const right = `${cell};text-align:right`
  const rows = items.map(
    (item) => html`<tr><td style="${cell}">${item.product_name}</td><td style="${right}">${item.quantity}</td>
<td style="${right}">${item.subtotal ? formatMoney(item.subtotal, language) : ''}</td></tr>\n`,
  )
  const table = html`<table style="width:100%;border-collapse:collapse">
<tr><th style="${cell};text-align:left">${product}</th><th style="${right}">${quantity}</th><th style="${right}">${amount}</th></tr>
${rows}</table>\n`
  const sum = total_amount
    ? html`<p><strong>${total}: ${formatMoney(total_amount, language)}</strong></p>\n`
    : html``
  return html`${rows.length > 0 ? table : html``}${sum}`
}

/** With all its digits: the format takes a text as the exact number that it is. */
export function formatMoney({ amount, currency }: Money, language: Language): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency })
  return format.format(amount as `${number}`)
}
