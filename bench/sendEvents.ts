import { randomBytes } from 'node:crypto'
import { createProducer } from '@relevo/kafka'
import { createPace } from './load/pace.ts'
import { messageRecord } from './messageRecord.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'

const recordsAtOnce = 1_000
const paceMs = 5

/** Sends events as the relay does, half of them with keys of their own: as fast as it goes, or so many a second. */
export async function sendEvents(
  bed: TestBed,
  { topic }: BenchOutbox,
  count: number,
  { rate, signal }: { readonly rate?: number; readonly signal: AbortSignal },
): Promise<void> {
  const producer = createProducer({ brokers: bed.brokers, clientId: 'bench' })
  const atOnce = rate === undefined ? recordsAtOnce : Math.max(1, Math.round((rate * paceMs) / 1_000))
  const pace = createPace(rate && rate / atOnce, () => performance.now())
  try {
    const sending = new Set<Promise<unknown>>()
    for (let sent = 0; sent < count; sent += atOnce) {
      signal.throwIfAborted()
      await pace(sent / atOnce)
      const records = Array.from({ length: Math.min(atOnce, count - sent) }, (_, n) =>
        messageRecord(topic, sent + n, keyOf(sent + n)),
      )
      const sends = producer.send(records)
      sending.add(sends)
      sends.finally(() => sending.delete(sends)).catch(() => {})
      if (rate === undefined || sending.size > 100) await sends
    }
    await Promise.all(sending)
  } finally {
    await producer.close()
  }
}

function keyOf(number: number): string {
  return number % 2 === 0 ? `key-${number % 100}` : randomBytes(8).toString('hex')
}
