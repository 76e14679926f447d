import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What `prove` reads: the lines of a ledger, and the ids of the events in the consumers' files. */
export interface ProveInput {
  ledger: string[]
  events: string[]
  files: number
}

export const noInput: ProveInput = { ledger: [], events: [], files: 0 }

const fileMark = '@@file'
/** The last line: not every connection can tell that its input has ended. */
const endMark = '@@end'

/** @param files the ids of each file. */
export function formatInput(ledger: string, files: readonly (readonly string[])[]): string {
  const lines = files.flatMap((events) => [fileMark, ...events])
  return [ledger, ...lines, endMark, ''].join('\n')
}

/** @throws Error when the input ends without its end mark. */
export async function readInput(input: Readable): Promise<ProveInput> {
  const read: ProveInput = { ledger: [], events: [], files: 0 }
  for await (const line of createInterface({ input })) {
    if (line === endMark) return read
    if (line === fileMark) read.files += 1
    else if (read.files > 0) read.events.push(line)
    else read.ledger.push(line)
  }
  throw new Error('The input broke off.')
}
