import type { ServiceUrl } from '@relevo/kit'
import type pg from 'pg'
import type { Board } from './board.ts'
import { noFacts } from './domain/causes.ts'
import { noStats } from './probe/kafkaMeter.ts'
import type { Prober } from './prober.ts'
import { readBoard } from './sql/board.ts'

export interface BoardSource {
  readonly pool: pg.Pool
  readonly prober: Pick<Prober, 'board'>
  readonly targets: readonly ServiceUrl[]
  /** A look that is older says nothing of now. */
  readonly staleMs: number
}

/** The board, and whether nobody has looked for too long. */
export interface CurrentBoard {
  readonly board: Board
  readonly isStale: boolean
}

/** The last look: of this process, or else of the one that looks. @throws pg's errors. */
export async function currentBoard({ pool, prober, targets, staleMs }: BoardSource): Promise<CurrentBoard> {
  const board = prober.board ?? ((await readBoard(pool)) as Board | undefined) ?? emptyBoard(targets)
  const isStale = Date.now() - Date.parse(board.looked_at) > staleMs
  return { board: isStale ? unseen(board) : board, isStale }
}

/** Before the first look. */
function emptyBoard(targets: readonly ServiceUrl[]): Board {
  const since = new Date(0).toISOString()
  const about = { status: 'unknown', cause: 'unwatched', reason: 'was not looked at yet', since } as const
  const services = targets.map(({ name }) => ({ service: name, ...about, response_ms: null, work: null }))
  const reaches = { database: true, kafka: true }
  return { looked_at: since, status: 'unknown', services, kafka: noStats, facts: noFacts, reaches }
}

/** What nobody has looked at for too long may be in any state. */
function unseen(board: Board): Board {
  const services = board.services.map((service) => ({
    ...service,
    status: 'unknown' as const,
    cause: 'unwatched',
    reason: `nobody has looked since ${board.looked_at}; then: ${service.status}`,
  }))
  return { ...board, status: 'unknown', services }
}
