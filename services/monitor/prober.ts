import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import { Gauge, type Registry } from 'prom-client'
import { type Board, toBoard } from './board.ts'
import type { Canaries } from './canaries.ts'
import { advance, type Change, emptyWorld, isSteady, type World } from './domain/advance.ts'
import { type Facts, noFacts } from './domain/causes.ts'
import { type Look, withCanaries } from './domain/look.ts'
import { loadWorld } from './loadWorld.ts'
import { type KafkaMeter, type KafkaStats, noStats } from './probe/kafkaMeter.ts'
import type { Looks } from './probe/lookAtServices.ts'
import { type Claim, claimProbing, releaseProbing } from './sql/claimProbing.ts'
import { dropOld } from './sql/dropOld.ts'
import { readFacts } from './sql/facts.ts'
import { type AlertMail, storeRound } from './storeRound.ts'
import { within } from './within.ts'

export interface ProberParts {
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly registry: Registry
  readonly looks: Looks
  readonly meter: Pick<KafkaMeter, 'measure'>
  readonly canaries: Pick<Canaries, 'overdue'>
  /** Names of the services that are watched. */
  readonly names: readonly string[]
  readonly mail: AlertMail
  readonly settings: ProberSettings
}

export interface ProberSettings {
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
  /** How often Kafka and the facts are asked for. */
  readonly detailIntervalMs: number
  readonly lateSeconds: number
  readonly failedOrders: number
  readonly failedMinutes: number
  readonly historyDays: number
}

/**
 * The database is away for a round when it has not answered by then; once it is away, it is not waited for as
 * long.
 */
const claimMs = { well: 1_500, away: 300 }
const factsMs = 1_500
const storeMs = 3_000
/** Changes that wait for the database at most. */
const mostPending = 10_000
const cleanEveryMs = 3_600_000

/**
 * Looks at everything, round after round, while it has the lease; a process without it waits. When the
 * database is away it goes on in memory, and stores what has changed once it is back, unless another process
 * has looked by then.
 */
export class Prober {
  readonly #parts: ProberParts
  readonly #owner = randomUUID()
  readonly #stopping = new AbortController()
  readonly #probing: Gauge
  readonly #openAlerts: Gauge
  #running: Promise<void> | undefined
  /** Undefined: another process looks. */
  #world: World | undefined
  /** The world is what the database has, and what has changed since. */
  #isStored = false
  #pending: Change[] = []
  #board: Board | undefined
  #kafka: KafkaStats = noStats
  /** Measurements in a row that Kafka did not answer. */
  #kafkaFailures = 0
  #facts: Facts = noFacts
  #detailedAt = Number.NEGATIVE_INFINITY
  #cleanedAt = Number.NEGATIVE_INFINITY
  #claiming: Promise<Claim> | undefined
  #isAway = false
  #storing: Promise<void> | undefined
  /** The database's clock less that of `performance`. */
  #clockOffset = Date.now() - performance.now()

  constructor(parts: ProberParts) {
    this.#parts = parts
    const registers = [parts.registry]
    this.#probing = new Gauge({
      name: 'relevo_monitor_probing',
      help: '1: this process is the one that looks at the services',
      registers,
    })
    this.#openAlerts = new Gauge({
      name: 'relevo_monitor_open_alerts',
      help: 'Alerts that are open, by the process that looks',
      registers,
    })
  }

  /** The last look of this process; undefined while another one looks. */
  get board(): Board | undefined {
    return this.#board
  }

  /** What this process knows; undefined while another one looks. */
  get world(): World | undefined {
    return this.#world
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends the round under way, and lets another process look at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    if (this.#world && this.#isStored) await releaseProbing(this.#parts.pool, this.#owner).catch(() => {})
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const { settings, logger } = this.#parts
    while (!signal.aborted) {
      const beganAt = performance.now()
      await this.#round().catch((err) => logger.warn({ err }, 'a round of looks has failed'))
      const everyMs = isSteady(this.#world) ? settings.probeIntervalMs : settings.probeIntervalMs / 2
      const restMs = Math.max(0, everyMs - (performance.now() - beganAt))
      await delay(restMs, undefined, { signal }).catch(() => {})
    }
  }

  async #round(): Promise<void> {
    const claim = await this.#claim()
    if (claim?.held === false) return this.#giveWay()
    if (claim) await this.#load(claim)
    const [looks] = await Promise.all([this.#parts.looks.look(), this.#findDetails(claim !== undefined)])
    const reaches = { database: claim !== undefined, kafka: this.#kafkaFailures < 2 }
    this.#decide(looks, reaches)
    if (claim) await this.#store()
  }

  /** Undefined: the database does not answer. */
  async #claim(): Promise<Claim | undefined> {
    const { pool, settings } = this.#parts
    const leaseMs = 2 * (settings.probeIntervalMs + settings.probeTimeoutMs)
    this.#claiming ??= claimProbing(pool, this.#owner, leaseMs).then((claim) => {
      this.#clockOffset = claim.now.getTime() - performance.now()
      return claim
    })
    const bound = this.#isAway ? claimMs.away : claimMs.well
    const claim = await within(bound, this.#claiming).catch(() => {
      this.#claiming = undefined
    })
    // One that comes too late for this round is good for the next: else a slow database would seem to be away.
    if (claim) this.#claiming = undefined
    this.#isAway = claim === undefined
    return claim ?? undefined
  }

  #giveWay(): void {
    this.#world = undefined
    this.#board = undefined
    this.#isStored = false
    this.#pending = []
    this.#probing.set(0)
    this.#openAlerts.set(0)
  }

  async #load(claim: Claim): Promise<void> {
    if (this.#world && this.#isStored && claim.wasHeld) return
    const { pool, names, settings, logger } = this.#parts
    const gapMs = 3 * (settings.probeIntervalMs + settings.probeTimeoutMs)
    this.#world = await loadWorld(pool, names, claim, gapMs)
    this.#isStored = true
    this.#pending = []
    this.#probing.set(1)
    logger.info({ services: names.length }, 'this process looks at the services')
  }

  async #findDetails(reachesDatabase: boolean): Promise<void> {
    const { meter, logger } = this.#parts
    if (performance.now() - this.#detailedAt < this.#parts.settings.detailIntervalMs) return
    this.#detailedAt = performance.now()
    this.#kafka = await meter.measure(this.#now())
    this.#kafkaFailures = this.#kafka.reachable ? 0 : this.#kafkaFailures + 1
    if (this.#kafkaFailures > 0) this.#detailedAt = Number.NEGATIVE_INFINITY
    if (!reachesDatabase) return
    const found = this.#readFacts().catch((err) => {
      logger.warn({ err }, 'what events tell cannot be read just now')
      return undefined
    })
    this.#facts = (await within(factsMs, found)) ?? this.#facts
  }

  async #readFacts(): Promise<Facts> {
    const { pool, settings, canaries } = this.#parts
    return { ...(await readFacts(pool, settings.failedMinutes)), overdue: await canaries.overdue() }
  }

  #decide(found: ReadonlyMap<string, Look>, reaches: Board['reaches']): void {
    const looks = withCanaries(found, this.#facts.overdue)
    const { settings, logger } = this.#parts
    const now = this.#now()
    const groups = this.#kafka.reachable ? this.#kafka.groups : []
    const observation = { looks, groups, reaches, facts: this.#facts }
    const given = { limits: settings, now, everyMs: settings.probeIntervalMs }
    const { world, changes } = advance(this.#world ?? emptyWorld, observation, given)
    this.#world = world
    this.#pending.push(...changes)
    const tooMany = this.#pending.length - mostPending
    if (tooMany > 0) {
      this.#pending.splice(0, tooMany)
      logger.warn(
        { changes: tooMany },
        'the database is away for so long that the oldest changes are forgotten',
      )
    }
    const { standings, alerts } = world
    this.#openAlerts.set(alerts.open.size)
    this.#board = toBoard({ standings, looks, kafka: this.#kafka, facts: this.#facts, reaches, now })
    for (const change of changes) tell(logger, change)
  }

  /** A database that hangs in the middle does not keep the next round waiting. */
  async #store(): Promise<void> {
    this.#storing ??= this.#storeNow().finally(() => {
      this.#storing = undefined
    })
    await within(storeMs, this.#storing)
  }

  async #storeNow(): Promise<void> {
    const { pool, mail, settings } = this.#parts
    const board = this.#board
    if (!board || !this.#isStored) return
    const changes = [...this.#pending]
    const at = new Date(board.looked_at)
    if (!(await storeRound(pool, { owner: this.#owner, at, changes, board, mail }))) return this.#giveWay()
    this.#pending = this.#pending.slice(changes.length)
    if (performance.now() - this.#cleanedAt < cleanEveryMs) return
    this.#cleanedAt = performance.now()
    await dropOld(pool, settings.historyDays)
  }

  #now(): number {
    return Math.round(this.#clockOffset + performance.now())
  }
}

function tell(logger: Logger, change: Change): void {
  if (change.kind === 'health') {
    const { service, state, cause, reason } = change
    const facts = { service, state, cause, reason }
    if (state === 'down') logger.warn(facts, '🔴 a service is down')
    else logger.info(facts, 'the health of a service has changed')
    return
  }
  const { key, kind, severity, subject, message } = change.alert
  const facts = { key, kind, severity, subject, message }
  if (change.kind === 'alert_opened') logger.warn(facts, '🚨 an alert was opened')
  else logger.info(facts, 'an alert was resolved')
}
