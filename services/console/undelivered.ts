import { type Call, type Handlers, ServiceError } from '@relevo/kit'
import { filterOf, keyHandlers } from './keyRoutes.ts'
import { letterHandlers, whichLetters } from './letterRoutes.ts'
import type { DeedPreview } from './shapes.ts'
import { previewLetters } from './sources/deadLetters.ts'
import { countKeys, showKey } from './sources/quarantine.ts'
import type { undeliveredEndpoints } from './undeliveredEndpoints.ts'
import type { UndeliveredParts } from './undeliveredParts.ts'

/** What answers for dead letters and quarantined keys: looking at them, and acting on them. */
export function undelivered(parts: UndeliveredParts): Handlers<typeof undeliveredEndpoints> {
  return {
    ...letterHandlers(parts),
    ...keyHandlers(parts),
    preview: async ({ query }) => ({ body: await preview(parts, query) }),
  }
}

async function preview(
  parts: UndeliveredParts,
  { source: id, ...which }: Call<(typeof undeliveredEndpoints)['preview']>['query'],
): Promise<DeedPreview> {
  const source = await parts.board.source(id)
  if (source.kind === 'consumer') return previewLetters(parts.ask, source, whichLetters(which))
  if (which.key !== undefined) {
    const { key } = await showKey(parts.ask, source, which.key)
    return { events: key.events, keys: 1, waiting: 0, impossible: 0 }
  }
  if (which.group === undefined) throw new ServiceError('invalidRequest', 'Say which by group, or by key.')
  const meant = await countKeys(parts.ask, source, await filterOf(parts, source, which.group))
  return { ...meant, waiting: 0, impossible: 0 }
}
