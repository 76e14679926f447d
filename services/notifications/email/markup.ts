/** Text that is markup already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Shown = string | number | Markup | readonly Markup[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template of HTML: what is put into it is text, and escaped, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Shown[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(toHtml)))
}

function toHtml(value: Shown): string {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map((each: Markup) => each.text).join('')
  return oneLine(String(value)).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Without line breaks and other control characters, which would begin another header; nor those that turn text around. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').toWellFormed()
}
