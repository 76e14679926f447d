import { cpuSeconds } from '../scripts/cpuSeconds.ts'
import type { BenchProcess } from './benchProcess.ts'
import type { Values } from './measurement.ts'
import type { TestBed } from './testBed.ts'

/** Resolves when at least so many events are carried: to how many are. */
export type UntilCarried = (events: number) => Promise<number>

/** The rate of a process from `first` events carried to `last`, and what it costs: CPU in seconds per 100,000 events. */
export async function measureDrain(
  bed: TestBed,
  process: BenchProcess,
  until: UntilCarried,
  [first, last]: readonly [first: number, last: number],
): Promise<Values> {
  const used = () => [process.cpuSeconds(), cpuSeconds(bed.postgresPid), cpuSeconds(bed.kafkaPid)]
  const atFirst = await until(first)
  const startedAt = performance.now()
  const before = used()
  const events = (await until(last)) - atFirst
  const seconds = (performance.now() - startedAt) / 1_000
  const [ownCpu = 0, postgresCpu = 0, kafkaCpu = 0] = used().map(
    (after, index) => ((after - (before[index] ?? 0)) * 100_000) / events,
  )
  const peakMegabytes = process.peakMegabytes()
  return { eventsPerSecond: events / seconds, ownCpu, postgresCpu, kafkaCpu, peakMegabytes }
}
