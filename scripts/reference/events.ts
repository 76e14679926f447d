import type { EventContract, TopicContract } from '@relevo/contracts'
import { payloadSchema } from '@relevo/contracts'
import { allSystems } from '../../systems/index.ts'
import { markdownTable } from '../markdownTable.ts'
import { cell, code, escapeTags, pageHead } from './markdown.ts'
import { fieldRows, type Schema } from './schemaFields.ts'

const dayMs = 86_400_000

/** Every topic with the events on it. */
export function renderEvents(): string {
  const sections = allSystems.flatMap((system) => [
    `## ${system.name}`,
    ...system.topics.flatMap((topic) => [
      `### ${topic.name}`,
      describeTopic(topic),
      ...system.events.filter((event) => event.topic.name === topic.name).flatMap(describeEvent),
    ]),
  ])
  return `${[
    pageHead('Events', 'systems/'),
    `What goes over Kafka, by system and topic. Records are [CloudEvents](https://cloudevents.io) in binary mode: attributes in the headers
\`ce_id\`, \`ce_source\`, \`ce_type\`, \`ce_time\`, \`ce_causationid\`, \`ce_correlationid\`, the payload as JSON in the value. Each topic has
\`<topic>.dlt\`, where consumers put what they give up. The same as AsyncAPI: [docs/asyncapi.yaml](../asyncapi.yaml).`,
    ...sections,
  ].join('\n\n')}\n`
}

function describeTopic({ summary, partitions, retentionMs, maxMessageBytes }: TopicContract): string {
  return `${escapeTags(summary)}. ${partitions} partitions; records are kept for ${retentionMs / dayMs} days; at most ${maxMessageBytes.toLocaleString('en-US')} bytes.`
}

function describeEvent(event: EventContract): string[] {
  const { type, summary, producer, otherProducers = [], consumers, key } = event
  const rows = fieldRows(payloadSchema(event) as Schema)
  return [
    `#### ${code(type)}`,
    `${escapeTags(summary)}. Recorded by ${[producer, ...otherProducers].join(', ')}; consumed by ${consumers.join(', ') || 'nobody yet'}. ${
      key === null ? 'Each event is a key of its own.' : `Keyed by ${code(keyOf(key))}.`
    }`,
    ...(rows.length > 0 ? [markdownTable(['field', 'type', 'meaning'], rows)] : []),
  ]
}

/** The key function as it is written, without its parameter where that is plain. */
function keyOf(key: (payload: never) => string): string {
  const text = key.toString().replaceAll(/\s+/g, ' ')
  return /^\(\{ (\w+) \}\) => \1$/.exec(text)?.[1] ?? cell(text)
}
