const warn = 40
const levelNames: Record<number, string> = { 40: 'WARN', 50: 'ERROR', 60: 'FATAL' }

/**
 * What of a service's log line a person who watches the console wants to see: a warning or an error in one line, or a
 * line that is no log record (a stack trace, a crash of the runtime). Everything else is undefined: it is in the file.
 */
export function consoleLine(line: string): string | undefined {
  if (line.trim() === '') return undefined
  const record = parseRecord(line)
  if (!record) return line
  if (record.level < warn) return undefined
  const reason = record.err?.message ? `: ${record.err.message}` : ''
  return `${levelNames[record.level] ?? record.level} ${record.msg ?? ''}${reason}`
}

interface LogRecord {
  level: number
  msg?: string
  err?: { message?: string }
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const record = JSON.parse(line) as LogRecord
    return typeof record.level === 'number' ? record : undefined
  } catch {
    return undefined
  }
}
