import { readLag } from '@relevo/inbox'
import { z } from 'zod'
import type { Language } from '../http/parameters.ts'
import type { Consumer } from './startConsumer.ts'

const count = z.int().min(0)

const texts = {
  es: {
    topic: 'El que consume; varios, separados por comas',
    lag: 'Registros que el grupo no ha procesado; nulo si Kafka no responde',
    processed: 'Eventos procesados por este proceso desde que arrancó; así también los demás números',
    held: 'Eventos que esperan un reintento, o detrás de uno',
  },
  en: {
    topic: 'What it consumes; several by commas',
    lag: 'Records that the group has not taken; null when Kafka does not answer',
    processed: 'By this process since it started, as the other numbers',
    held: 'Events that wait for another try, or behind one',
  },
} as const

/** What every consumer reports about itself. */
export function consumerStats(language: Language) {
  const { topic, lag, processed, held } = texts[language]
  return {
    group_id: z.string(),
    topic: z.string().meta({ description: topic }),
    lag: count.nullable().meta({ description: lag }),
    processed: count.meta({ description: processed }),
    duplicates: count,
    ignored: count,
    retries: count,
    held: count.meta({ description: held }),
    dead_letters: count,
    last_processed_at: z.iso.datetime().optional(),
  }
}

/** What the consumer has done, and what is left for it. */
export async function findConsumerStats(consumer: Omit<Consumer, 'pool'>) {
  const { inbox, admin, groupId, topics } = consumer
  const { processed, duplicates, ignored, retries, deadLetters, held, lastProcessedAt } = inbox.stats()
  return {
    group_id: groupId,
    topic: topics.join(','),
    lag: (await readLag(admin, groupId, topics))?.messages ?? null,
    processed,
    duplicates,
    ignored,
    retries,
    held,
    dead_letters: deadLetters,
    ...(lastProcessedAt !== undefined && { last_processed_at: new Date(lastProcessedAt) }),
  }
}
