import type { ObserverReport } from './load/loadContract.ts'
import { type LoadProcess, startLoad } from './load/loadProcess.ts'
import { type BenchOutbox, type TestBed, topicPartitions } from './testBed.ts'

/** A consumer of the topic; told `{ expect: n }`, it reports. @param idHeader holds the event's id in a record. */
export function startObserver(
  bed: TestBed,
  outbox: BenchOutbox,
  idHeader: string,
): LoadProcess<ObserverReport> {
  return startLoad('observerMain', [...bed.brokers, outbox.topic, String(topicPartitions), idHeader])
}
