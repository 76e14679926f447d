import type { OutgoingRecord } from '@relevo/kafka'
import { v7 as uuidv7 } from 'uuid'

const payloadBytes = 300

/** An event as the relay sends it: 300 bytes and 7 headers. */
export function messageRecord(topic: string, number: number, key: string): OutgoingRecord {
  const now = new Date()
  const bare = JSON.stringify({ id: number, content: '' })
  return {
    topic,
    key,
    value: JSON.stringify({ id: number, content: 'x'.repeat(payloadBytes - bare.length) }),
    headers: {
      ce_specversion: '1.0',
      ce_id: uuidv7(),
      ce_type: 'message.created',
      ce_source: '/messages',
      ce_time: now.toISOString(),
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    timestamp: now.getTime(),
  }
}
