import type { InboxEvent } from '@relevo/inbox'

/** An event as one line of JSON, in the JSON format of CloudEvents 1.0: what every channel but e-mail passes on. */
export function formatEvent(event: InboxEvent): string {
  const { id, source, type, key, time, json } = event
  const attributes = JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject: key,
    time: time.toISOString(),
    datacontenttype: 'application/json',
  })
  // As it was recorded, so that no number is rounded. Line breaks can stand between its tokens only.
  return `${attributes.slice(0, -1)},"data":${json.replace(/[\r\n]/g, ' ')}}`
}
