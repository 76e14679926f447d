import { createAsyncApi } from '@relevo/contracts'
import { stringify } from 'yaml'
import { topicsWithDeadLetters } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'

const notice = '# Generated from systems/ by `npm run generate`.\n'

/** docs/asyncapi.yaml. */
export function renderAsyncApi(systems: readonly System[]): string {
  const incoming = systems.flatMap((system) => system.incoming ?? [])
  const events = [...systems.flatMap((system) => system.events), ...incoming]
  const topics = [
    ...systems.flatMap(topicsWithDeadLetters),
    ...topicsWithDeadLetters({ topics: [...new Set(incoming.map(({ topic }) => topic))] }),
  ]
  return notice + stringify(createAsyncApi({ topics, events }), { aliasDuplicateObjects: false })
}
