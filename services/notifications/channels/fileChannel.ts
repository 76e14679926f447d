import { formatEvent } from '../cloudEvent.ts'
import { createFileWriter, type FileWriterOptions } from '../file/fileWriter.ts'
import { insertLine } from '../sql/eventLines.ts'
import type { CommissionChannel } from './channel.ts'

/**
 * Appends events to a file of JSON lines, each once. The transaction records the line; a writer brings it into the
 * file, which is not the transaction's to roll back.
 */
export function createFileChannel(options: FileWriterOptions): CommissionChannel {
  const writer = createFileWriter(options)
  return {
    name: 'file',
    external: false,
    deliver: async (event, tx) =>
      void (await tx.query(insertLine, [options.consumer, event.id, formatEvent(event)])),
    processed: () => writer.wake(),
    start: () => writer.start(),
    stop: () => writer.stop(),
    problem: () => writer.problem(),
  }
}
