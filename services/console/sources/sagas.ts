import { z } from 'zod'
import { sagaStatuses } from '../schemas.ts'
import type { Ask } from './serviceClient.ts'

const listedSaga = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  key: z.string(),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
  step: z.string().nullable(),
  attempt: z.number().nullable(),
  undo: z.boolean().nullable(),
  due_at: z.string().nullable(),
  stuck_since: z.string().nullable(),
  error: z.string().nullable(),
  started_at: z.string(),
  updated_at: z.string(),
  ended_at: z.string().nullable(),
})

const page = z.object({ sagas: z.array(listedSaga), next_cursor: z.string().optional() })

const line = { at: z.string(), step: z.string().nullable(), attempt: z.number().nullable() }

const wholeSaga = listedSaga.extend({
  data: z.unknown(),
  steps: z.record(z.string(), z.object({ status: z.string(), attempts: z.number() })),
  history: z.array(z.object({ ...line, kind: z.string(), undo: z.boolean(), detail: z.unknown() })),
  late_replies: z.array(z.object({ ...line, type: z.string(), event_id: z.string(), treatment: z.string() })),
  waiting: z.array(z.object({ at: z.string(), kind: z.string(), error: z.string().nullable() })),
})

export interface SagaQuery {
  readonly status?: string | undefined
  readonly step?: string | undefined
  readonly key?: string | undefined
  readonly stuck?: 'true' | 'false' | undefined
  readonly older_than_seconds?: number | undefined
  readonly cursor?: string | undefined
  readonly limit: number
}

/** The newest first. */
export async function listSagas(ask: Ask, service: string, query: SagaQuery) {
  return page.parse(await ask(service, '/sagas', { query: { ...query } }))
}

export async function showSaga(ask: Ask, service: string, id: string) {
  return wholeSaga.parse(await ask(service, `/sagas/${id}`))
}

export const sagaCommands = ['retry', 'compensate', 'give-up'] as const
export type SagaCommand = (typeof sagaCommands)[number]

/** The service keeps the reason in the saga's history. @throws ServiceError `conflict` when it is too late for that. */
export async function commandSaga(
  ask: Ask,
  service: string,
  command: SagaCommand,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<void> {
  await ask(service, `/sagas/${id}/${command}`, { method: 'POST', body: { reason } })
}
