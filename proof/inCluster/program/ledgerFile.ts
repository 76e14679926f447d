import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { formatLedgerLine, type LedgerLine } from '../../ledgerLine.ts'

/** Appends outcomes to a file and counts them. */
export class LedgerFile {
  readonly #stream: WriteStream
  readonly counts = { ack: 0, unknown: 0, refused: 0 }
  /** How often each reason for another outcome than `ack` was seen. */
  readonly reasons: Record<string, number> = {}

  constructor(path: string) {
    this.#stream = createWriteStream(path, { flags: 'a' })
  }

  add(line: LedgerLine): void {
    this.counts[line.outcome] += 1
    if (line.why) this.reasons[line.why] = (this.reasons[line.why] ?? 0) + 1
    this.#stream.write(`${formatLedgerLine(line)}\n`)
  }

  /** Resolves when every line is written. */
  async close(): Promise<void> {
    this.#stream.end()
    await finished(this.#stream)
  }
}
