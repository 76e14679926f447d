import { defineEvent, defineTopic } from '@relevo/contracts'
import { z } from 'zod'

/** The name is that of outbox.record_canaries, by which relays record them. */
export const canaryTopic = defineTopic({
  name: 'relevo.canary',
  summary: 'Events that measure whether delivery works; those of one shard are in order',
  partitions: 3,
  retentionMs: 86_400_000,
  maxMessageBytes: 64 * 1_024,
})

export const canaryRecorded = defineEvent({
  version: 1,
  type: 'CANARY',
  summary:
    'A relay has recorded an event in a shard, to see that it takes effect: every relay, in each of its outboxes',
  topic: canaryTopic,
  key: ({ key }: { readonly key: string }) => key,
  partitionBy: 'key',
  producer: 'monitor',
  consumers: ['monitor'],
  payload: z.object({
    outbox: z.string().meta({ description: 'Its name at the relay', examples: ['orders'] }),
    shard: z.int().min(0),
    key: z.string().meta({ description: 'A text that falls into this shard', examples: ['canary-17'] }),
  }),
})
