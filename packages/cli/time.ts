import { UsageError } from './command.ts'

/** Parses an option. @throws UsageError for what is no time. */
export function time(text: string): Date {
  const found = new Date(text)
  if (Number.isNaN(found.getTime())) throw new UsageError(`${text} is no time, as 2026-01-15T10:30:00Z is.`)
  return found
}
