export const languages = ['es', 'en'] as const
export type Language = (typeof languages)[number]

/** How many, in words. */
type Count = (n: number) => string

export const oneDigit = {
  es: new Intl.NumberFormat('es', { maximumFractionDigits: 1 }),
  en: new Intl.NumberFormat('en', { maximumFractionDigits: 1 }),
}
export const twoDigits = {
  es: new Intl.NumberFormat('es', { maximumFractionDigits: 2 }),
  en: new Intl.NumberFormat('en', { maximumFractionDigits: 2 }),
}
export const number = { es: new Intl.NumberFormat('es'), en: new Intl.NumberFormat('en') }

export function counted(language: Language, one: string, many: string): Count {
  return (n) => `${number[language].format(n)} ${n === 1 ? one : many}`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes with three digits or so: 1,023 B, 2.4 MB. */
export function toBytes(language: Language, bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const format = power === 0 ? number[language] : oneDigit[language]
  return `${format.format(bytes / 1_000 ** power)} ${units[power]}`
}
