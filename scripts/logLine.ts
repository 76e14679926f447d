import { stripVTControlCharacters } from 'node:util'

const shownLevels: ReadonlySet<string | undefined> = new Set(['warn', 'error', 'fatal'])

interface LogRecord {
  level: string
  msg?: string
  err?: { message?: string }
}

const maxShown = 500
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * What of a service's log line a person who watches the console wants to see: a warning or an error in one line, or a
 * line that is no log record (a stack trace, a crash of the runtime). Everything else is undefined: it is in the file.
 */
export function consoleLine(line: string): string | undefined {
  if (line.trim() === '') return undefined
  const record = parseRecord(line)
  if (!record) return forTerminal(line)
  if (!shownLevels.has(record.level)) return undefined
  return forTerminal(
    `${record.level.toUpperCase()} ${[record.msg, record.err?.message].filter(Boolean).join(': ')}`,
  )
}

/** Text of others that a terminal shows and does not obey; the log file has all of it as it came. */
function forTerminal(text: string): string {
  const plain = stripVTControlCharacters(text).replace(control, '')
  return plain.length > maxShown ? `${plain.slice(0, maxShown)} …` : plain
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const record = JSON.parse(line) as Partial<LogRecord>
    return typeof record.level === 'string' ? (record as LogRecord) : undefined
  } catch {
    return undefined
  }
}
