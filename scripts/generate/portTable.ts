import { replaceMarked } from '../../bench/markedText.ts'
import { partsOf } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import { markdownTable } from '../markdownTable.ts'

/** The table of docs/running.md that says what listens where. */
export function renderPortTable(systems: readonly System[], current: string): string {
  const rows = systems.flatMap((system) =>
    partsOf(system).map(({ name, port, folder, databases }) => [
      system.name,
      `[${name}](../services/${folder})`,
      String(port),
      databases.join(', '),
      system.flows
        .filter(({ consumer }) => consumer === name)
        .map(({ topic }) => topic.name)
        .join(', '),
    ]),
  )
  return replaceMarked(
    current,
    'ports',
    markdownTable(['system', 'process', 'port', 'database', 'consumes'], rows),
  )
}
