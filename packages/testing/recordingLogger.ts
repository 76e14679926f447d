import { Writable } from 'node:stream'
import { createLogger, type Logger } from '@relevo/kit'

/** For tests: a logger that keeps every line, of any level. */
export function recordingLogger(name: string): { readonly logger: Logger; text(): string } {
  const lines: string[] = []
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  return { logger: createLogger(name, 'trace', sink), text: () => lines.join('') }
}
