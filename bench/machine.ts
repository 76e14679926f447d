import { cpus, release, totalmem } from 'node:os'

/** The machine in one line: processor, cores, memory, kernel. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  return `${model}, ${cpus().length} cores, ${gibibytes} GiB of memory, ${process.platform} ${release()}`
}
