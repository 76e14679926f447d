const shownLevels: ReadonlySet<string | undefined> = new Set(['warn', 'error', 'fatal'])

interface LogRecord {
  level: string
  msg?: string
  err?: { message?: string }
}

/**
 * What of a service's log line a person who watches the console wants to see: a warning or an error in one line, or a
 * line that is no log record (a stack trace, a crash of the runtime). Everything else is undefined: it is in the file.
 */
export function consoleLine(line: string): string | undefined {
  if (line.trim() === '') return undefined
  const record = parseRecord(line)
  if (!record) return line
  if (!shownLevels.has(record.level)) return undefined
  return `${record.level.toUpperCase()} ${[record.msg, record.err?.message].filter(Boolean).join(': ')}`
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
