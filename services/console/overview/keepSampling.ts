import { setTimeout as delay } from 'node:timers/promises'
import { isUnavailable, type Logger, ServiceError } from '@relevo/kit'
import type pg from 'pg'
import type { Board } from '../sources/board.ts'
import { dropOldSamples, insertSample, sampleSeconds } from '../sql/samples.ts'
import { figuresOf } from './readOverview.ts'

export interface SamplingOptions {
  readonly board: Pick<Board, 'readOverview'>
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly historyHours: number
  readonly signal: AbortSignal
  /** Default ten seconds. */
  readonly everyMs?: number
}

/** Keeps what the charts show, also while nobody looks, until the signal is aborted. A sample that cannot be had is a gap. */
export async function keepSampling(options: SamplingOptions): Promise<void> {
  const { signal, everyMs = sampleSeconds * 1_000 } = options
  while (!signal.aborted) {
    await sample(options)
    await delay(everyMs, undefined, { signal }).catch(() => {})
  }
}

async function sample({ board, pool, logger, historyHours }: SamplingOptions): Promise<void> {
  try {
    const overview = await board.readOverview()
    // Figures that nobody has looked at for too long are none.
    if (overview === undefined || overview.stale) return
    await insertSample(pool, figuresOf(overview))
    await dropOldSamples(pool, historyHours)
  } catch (err) {
    const isExpected = err instanceof ServiceError || isUnavailable(err)
    logger[isExpected ? 'debug' : 'warn']({ err }, 'no sample could be taken just now')
  }
}
