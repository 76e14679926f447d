import { z } from 'zod'

interface IntegerRange {
  readonly min: number
  readonly max: number
  readonly description?: string
}

/** A whole number in a query or a path; OpenAPI shows the bounds that are checked. */
export function integerParameter({ min, max, description }: IntegerRange) {
  return z
    .unknown()
    .transform((text, context): number => {
      const value = typeof text === 'string' && /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
      if (value >= min && value <= max) return value
      context.addIssue({ code: 'custom', input: text, params: { rule: 'integer', min, max } })
      return z.NEVER
    })
    .meta({ type: 'integer', minimum: min, maximum: max, ...(description && { description }) })
}

const lastMs = Date.UTC(9999, 11, 31)

/** A time of a query. Postgres knows no year 0, and JavaScript writes years beyond 9999 as Postgres does not read them. */
export function storableTime(ms: number): Date {
  return new Date(Math.min(Math.max(ms, 0), lastMs))
}

/** The number of the last row of the page before. */
function cursorParameter(description: string) {
  return z
    .unknown()
    .transform((text, context): number => {
      if (typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text)) return Number(text)
      const rule = Array.isArray(text) ? 'repeated' : 'cursor'
      context.addIssue({ code: 'custom', input: text, params: { rule } })
      return z.NEVER
    })
    .meta({ type: 'string', pattern: '^[1-9][0-9]{0,15}$', description })
}

const defaultLimit = 100
const maxLimit = 1_000

const pageTexts = {
  es: {
    cursor: 'El "next_cursor" de la página anterior',
    limit: `Cuántos como máximo, entre 1 y ${maxLimit}; por defecto ${defaultLimit}`,
    next: 'Sólo si hay otra página: el "cursor" de la siguiente',
  },
  en: {
    cursor: 'The `next_cursor` of the page before',
    limit: `How many at most; default ${defaultLimit}`,
    next: 'Only when there is another page: its `cursor`',
  },
} as const

export type Language = keyof typeof pageTexts

/** Which part of a list, newest first, is asked for. */
export interface Page {
  /** Only what has a number below it; undefined from the newest on. */
  readonly cursor?: number | undefined
  readonly limit: number
}

/** Query parameters of a list in pages, newest first; `extend` it with those of the list's own. */
export function pageQuery(language: Language) {
  const texts = pageTexts[language]
  const limit = integerParameter({ min: 1, max: maxLimit, description: texts.limit })
  return z.strictObject({
    cursor: cursorParameter(texts.cursor).optional(),
    limit: limit.default(defaultLimit),
  })
}

/** The answer of a list in pages: `{ count, <name>: [...], next_cursor? }`. */
export function pageAnswer<Name extends string, Item extends z.ZodType>(
  language: Language,
  name: Name,
  item: Item,
) {
  return z.object({
    count: z.int().min(0),
    [name]: z.array(item),
    next_cursor: z.string().optional().meta({ description: pageTexts[language].next }),
  })
}

/** The answer of a page; one row read more than asked for says that there is a next page. */
export function toPage<Row extends { readonly id: number }>(
  name: string,
  rows: readonly Row[],
  { limit }: Page,
): Record<string, unknown> {
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? shown.at(-1)?.id : undefined
  return { count: shown.length, [name]: shown, ...(next !== undefined && { next_cursor: String(next) }) }
}
