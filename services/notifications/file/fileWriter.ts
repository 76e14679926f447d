import { setTimeout as delay } from 'node:timers/promises'
import { type Alarm, backoffMs, createAlarm } from '@relevo/backoff'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import * as sql from '../sql/eventLines.ts'
import { appendPage } from './appendPage.ts'
import { type LineFile, openLineFile, wholeLines } from './lineFile.ts'

/**
 * Appends the lines of the table `event_line` to a file, each once. `stop` it after the inbox that fills the table.
 *
 *     claim a page ──> append and fsync ──> confirm: delete the lines and store the file's size, in one transaction
 *
 * A crash leaves at most one claimed page; how far it got shows by the file itself, behind the size that is stored.
 */
export interface FileWriter {
  start(): void
  /** There are new lines. */
  wake(): void
  /** Writes what is left, for at most 5 s. */
  stop(): Promise<void>
  /** Why it cannot write just now. */
  problem(): string | undefined
}

export interface FileWriterOptions {
  readonly pool: pg.Pool
  /** Whose lines it writes. */
  readonly consumer: string
  readonly path: string
  readonly logger: Logger
}

const pageLines = 500
/** It polls less often the longer it is idle; events of this process wake it up. */
const pollMs = { first: 100, longest: 5_000 }
const stopBudgetMs = 5_000
const retryBounds = { initialMs: 400, maxMs: 10_000 }

export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { logger } = options
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  let problem: string | undefined = 'has not begun'
  let running: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await withFile(options, (session) => {
          problem = undefined
          failures = 0
          return writeUntil(session, options.consumer, alarm, stopping.signal)
        })
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error)
        failures += 1
        logger.warn({ err: error, failures }, 'the file of events cannot be written; it is tried again')
        await delay(backoffMs(failures, retryBounds), undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  }

  return {
    start: () => {
      running = run()
    },
    wake: alarm.wake,
    stop: async () => {
      stopping.abort()
      const bound = new AbortController()
      const late = delay(stopBudgetMs, undefined, { signal: bound.signal }).catch(() => {})
      await Promise.race([running, late])
      bound.abort()
    },
    problem: () => problem,
  }
}

/** The file, and the database session that alone may write it. */
interface Session {
  readonly client: pg.PoolClient
  readonly file: LineFile
  /** Bytes that are known to be in the file. */
  size: number
}

async function withFile(
  { pool, path, logger }: FileWriterOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const client = await pool.connect()
  let file: LineFile | undefined
  try {
    file = await openLineFile(path)
    const { rows } = await client.query<{ locked: boolean }>(sql.lockFile, [file.id])
    if (!rows[0]?.locked) throw new Error(`another process writes ${path}`)
    const session = { client, file, size: await knownSize(client, file, logger) }
    await finishPage(session)
    await work(session)
  } finally {
    client.release(true) // the lock goes with the connection
    await file?.close()
  }
}

async function knownSize(client: pg.PoolClient, file: LineFile, logger: Logger): Promise<number> {
  const { rows } = await client.query<{ size: string }>(sql.registerFile, [file.id, await wholeLines(file)])
  const known = Number(rows[0]?.size)
  const actual = await file.size()
  if (actual >= known) return known
  logger.error(
    { known, actual },
    'the file of events is shorter than it was; somebody has cut or replaced it',
  )
  const size = await wholeLines(file)
  await client.query(sql.resetSize, [file.id, size])
  return size
}

/** Brings to an end what was claimed before a crash. */
async function finishPage(session: Session): Promise<void> {
  const { rows } = await session.client.query<sql.LineRow>(sql.readClaimed, [session.file.id])
  const { size } = session
  if (rows.length > 0) await writePage(session, rows)
  else if ((await session.file.size()) > size) await session.file.truncate(size)
}

/** Writes page after page; after the abort only what is there already. */
async function writeUntil(
  session: Session,
  consumer: string,
  alarm: Alarm,
  signal: AbortSignal,
): Promise<void> {
  const { client, file } = session
  for (let idleMs = pollMs.first; ; ) {
    const { rows } = await client.query<sql.LineRow>(sql.claimLines, [file.id, consumer, pageLines])
    if (rows.length > 0) {
      await writePage(session, rows.sort(byId))
      idleMs = pollMs.first
    } else {
      if (signal.aborted) return
      await alarm.sleep(idleMs)
      idleMs = Math.min(2 * idleMs, pollMs.longest)
    }
  }
}

async function writePage(session: Session, rows: readonly sql.LineRow[]): Promise<void> {
  const { client, file, size } = session
  const lines = rows.map(({ line }) => line)
  session.size = await appendPage(file, size, lines)
  await client.query(sql.confirmLines, [file.id, rows.map(({ id }) => id), session.size])
}

function byId(a: sql.LineRow, b: sql.LineRow): number {
  return Number(BigInt(a.id) - BigInt(b.id))
}
