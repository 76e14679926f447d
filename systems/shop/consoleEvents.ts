import { defineEvent } from '@relevo/contracts'
import { z } from 'zod'
import { consoleEvents } from './topics.ts'

const event = {
  version: 1,
  topic: consoleEvents,
  key: ({ action_id }: { readonly action_id: string }) => action_id,
  partitionBy: 'key',
  producer: 'console',
  consumers: [],
} as const

const deeds = [
  'redrive',
  'skip',
  'discard',
  'archive',
  'revive',
  'replace',
  'retry',
  'compensate',
  'give-up',
  'reset',
] as const

/** Recorded before it is done: nobody acts without a trace. */
export const operatorAsked = defineEvent({
  ...event,
  type: 'OPERATOR_ASKED',
  summary: 'An operator has asked for something by the console',
  payload: z.object({
    action_id: z.uuid(),
    by: z.string().meta({ description: 'The name given at the log-in, or that of the account' }),
    user_id: z.uuid().optional().meta({ description: 'Of an account' }),
    deed: z.enum(deeds),
    target: z.string().meta({
      description: 'A consumer or an outbox; of a saga, its service',
      examples: ['message-processor'],
    }),
    meant: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .meta({ description: 'Which of its events, or which saga', examples: [{ group: 'd0f1a2b3c4d5' }] }),
    note: z.string().optional(),
  }),
})

export const operatorActed = defineEvent({
  ...event,
  type: 'OPERATOR_ACTED',
  summary: 'What came of what an operator asked for: how much was done, or why nothing was',
  payload: z.object({
    action_id: z.uuid(),
    done: z.int().min(0).optional(),
    problem: z.string().optional(),
  }),
})

export const operatorEvents = [operatorAsked, operatorActed]
