import { type Call, type Handlers, ServiceError } from '@relevo/kit'
import { keyHandlers, keysOf } from './keyRoutes.ts'
import { letterHandlers, whichLetters } from './letterRoutes.ts'
import type { DeedPreview } from './shapes.ts'
import { previewLetters } from './sources/deadLetters.ts'
import { showKey } from './sources/quarantine.ts'
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
  // A command means those that wait for an operator; the relay goes on with the others by itself.
  const { keys } = await keysOf(parts, source, which.group)
  const waiting = keys.filter(({ state }) => state === 'quarantined')
  const events = waiting.reduce((sum, key) => sum + key.events, 0)
  return { events, keys: waiting.length, waiting: 0, impossible: 0 }
}
