import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { outboxMetrics } from './outboxMetrics.ts'

test('the metrics of several outboxes have one name in a registry, and the label outbox tells them apart', async () => {
  const registry = new Registry()
  const [orders, payments] = ['orders', 'payments'].map((outbox) => {
    const { counter, gauge, histogram } = outboxMetrics(registry, outbox)
    return {
      sent: counter({ name: 'sent_total', help: 'h', labelNames: ['topic'] as const }),
      looks: counter({ name: 'looks_total', help: 'h' }),
      shards: gauge({ name: 'shards', help: 'h' }),
      lost: gauge({ name: 'lost', help: 'h', labelNames: ['shard'] as const }),
      seconds: histogram({ name: 'seconds', help: 'h', buckets: [1] }),
    }
  })
  assert.ok(orders && payments)
  orders.sent.inc({ topic: 'a' }, 2)
  payments.sent.inc({ topic: 'a' })
  orders.looks.inc()
  orders.shards.set(16)
  orders.lost.set({ shard: 1 }, 3)
  payments.lost.set({ shard: 1 }, 4)
  orders.lost.remove({ shard: 1 })
  payments.seconds.observe(0.5)
  const shown = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.deepEqual(
    shown.filter((line) => !line.includes('_sum')),
    [
      'sent_total{outbox="orders",topic="a"} 2',
      'sent_total{outbox="payments",topic="a"} 1',
      'looks_total{outbox="orders"} 1',
      'looks_total{outbox="payments"} 0',
      'shards{outbox="orders"} 16',
      'shards{outbox="payments"} 0',
      'lost{outbox="payments",shard="1"} 4',
      'seconds_bucket{le="1",outbox="orders"} 0',
      'seconds_bucket{le="+Inf",outbox="orders"} 0',
      'seconds_count{outbox="orders"} 0',
      'seconds_bucket{le="1",outbox="payments"} 1',
      'seconds_bucket{le="+Inf",outbox="payments"} 1',
      'seconds_count{outbox="payments"} 1',
    ],
  )
})
