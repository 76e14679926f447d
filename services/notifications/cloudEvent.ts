import type { InboxEvent } from '@relevo/inbox'

/** An event as one line of JSON, in the JSON format of CloudEvents 1.0: what every channel but e-mail passes on. */
export function formatEvent(event: InboxEvent): string {
  const { id, source, type, key, time, data } = event
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject: key,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data,
  })
}
