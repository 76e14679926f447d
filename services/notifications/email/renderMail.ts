import { z } from 'zod'
import { failed, type Outcome } from './outcome.ts'
import { templates } from './templates/index.ts'
import type { Mail } from './templates/layout.ts'
import { type Language, words } from './templates/words.ts'

/** The mail that a template makes of data, or why there is none. */
export function renderMail(name: string, data: unknown, language: Language): Mail | Outcome {
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined
  if (!template) return failed('UNKNOWN_TEMPLATE', `There is no template ${name}`)
  const parsed = template.data.safeParse(data)
  if (!parsed.success) return failed('INVALID_DATA', z.prettifyError(parsed.error))
  return template.render(parsed.data, language)
}

/** The language that is asked for, or the service's own. */
export function languageOf(wanted: string | undefined, own: Language): Language {
  return wanted !== undefined && Object.hasOwn(words, wanted) ? (wanted as Language) : own
}

const addressForm = /^[^\s\p{Cc}<>()[\],;:"\\@]{1,64}@[^\s\p{Cc}<>()[\],;:"\\@]{1,255}$/u

/** One address and nothing else: no name, no list, no line break. */
export function isAddress(text: string): boolean {
  return addressForm.test(text)
}
