import { UsageError } from './command.ts'

/** Parses an option. @throws UsageError for anything but up to nine digits. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`A whole number is needed, not ${text}.`)
  return Number(text)
}
