import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The last line of what is sent to a command in a pod: not every connection can tell that its input has ended. */
export const endOfInput = '@@end'

/** The lines before the end mark. @throws Error when the input ends without one. */
export async function readInput(input: Readable): Promise<string[]> {
  const lines: string[] = []
  const reader = createInterface({ input })
  for await (const line of reader) {
    if (line === endOfInput) return lines
    lines.push(line)
  }
  throw new Error('The input broke off.')
}
