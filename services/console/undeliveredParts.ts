import { ServiceError } from '@relevo/kit'
import type { ConsoleParts } from './routes.ts'
import type { Source } from './sources/findSources.ts'

export type UndeliveredParts = Pick<ConsoleParts, 'ask' | 'board' | 'sessions' | 'actions'> & {
  readonly isMasked: (field: string) => boolean
}

/** What a browser must not keep. */
export const notStored = { 'cache-control': 'no-store' } as const

/** @throws ServiceError `notFound` when there is none of that kind. */
export async function findSource(
  { board }: UndeliveredParts,
  id: string,
  kind: Source['kind'],
): Promise<Source> {
  const source = await board.source(id)
  if (source.kind === kind) return source
  const [is, wanted] = source.kind === 'outbox' ? ['an outbox', 'consumer'] : ['a consumer', 'outbox']
  throw new ServiceError('notFound', `There is no ${wanted} ${id}: it is ${is}.`)
}
