import type { Language } from './texts/counted.ts'
import { english } from './texts/english.ts'
import { spanish, type Texts } from './texts/spanish.ts'

export { type Language, languages } from './texts/counted.ts'

export const texts: Readonly<Record<Language, Texts>> = { es: spanish, en: english }
