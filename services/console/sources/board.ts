import { setTimeout as delay } from 'node:timers/promises'
import { type Logger, ServiceError, type ServiceUrl } from '@relevo/kit'
import { readOverview } from '../overview/readOverview.ts'
import type { BoardGroup, BoardState, OverviewState } from '../shapes.ts'
import { listGroups, type PutAwayState } from './deadLetters.ts'
import { type Found, findSources, type Source, type Telling } from './findSources.ts'
import { groupKeys, listKeys } from './quarantine.ts'
import type { Ask } from './serviceClient.ts'

export interface BoardOptions {
  readonly ask: Ask
  readonly services: readonly ServiceUrl[]
  readonly lookIntervalMs: number
  readonly logger: Logger
}

type Listener = (state: BoardState) => void

/** How long the sources of a service hold; a new version of it may have others. */
const sourcesMs = 60_000

/** What is not delivered anywhere. Asks the services while somebody looks, each once for all who look. */
export class Board {
  readonly #options: BoardOptions
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<Listener>()
  readonly #found = new Map<string, { readonly found: Found; readonly at: number }>()
  #state: { readonly value: BoardState; readonly at: number } | undefined
  #looking: Promise<BoardState> | undefined
  #loop: Promise<void> | undefined

  constructor(options: BoardOptions) {
    this.#options = options
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await this.#looking
  }

  /** At most as old as the interval between two looks. */
  async current(): Promise<BoardState> {
    const known = this.#state
    if (known && performance.now() - known.at < this.#options.lookIntervalMs) return known.value
    return this.look()
  }

  /** Asks every service now. */
  look(): Promise<BoardState> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Calls with every change from now on; returns what ends that. */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener)
    this.#loop ??= this.#keepLooking().finally(() => {
      this.#loop = undefined
    })
    return () => void this.#listeners.delete(listener)
  }

  /** @throws ServiceError `notFound` when there is no such source, `unavailable` when its service does not answer. */
  async source(id: string): Promise<Source> {
    const [service = ''] = id.split('/')
    if (!this.#options.services.some(({ name }) => name === service)) throw unknownSource(id)
    const found = (await this.#find(service)).sources.find((each) => each.id === id)
    if (found === undefined) throw unknownSource(id)
    return found
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && this.#listeners.size > 0) {
      await this.look()
      await delay(this.#options.lookIntervalMs, undefined, { signal }).catch(() => {})
    }
  }

  async #look(): Promise<BoardState> {
    const looks = await Promise.all(this.#options.services.map(({ name }) => this.#lookAt(name)))
    // A monitor that does not answer is among those that are silent.
    const overview = await this.readOverview().catch(() => undefined)
    const groups = looks.flatMap((look) => look.groups).sort((a, b) => b.last_at.localeCompare(a.last_at))
    const value = {
      looked_at: new Date().toISOString(),
      overview: overview ?? null,
      events: groups.reduce((sum, { events }) => sum + events, 0),
      groups,
      silent: looks.flatMap(({ silent }) => silent ?? []),
    }
    this.#state = { value, at: performance.now() }
    for (const listener of this.#listeners) listener(value)
    return value
  }

  async #lookAt(service: string): Promise<{ groups: BoardGroup[]; silent?: BoardState['silent'][number] }> {
    try {
      const { sources } = await this.#find(service)
      const groups = await Promise.all(sources.map((source) => readGroups(this.#options.ask, source)))
      return { groups: groups.flat() }
    } catch (err) {
      this.#found.delete(service)
      this.#options.logger.debug({ err, service }, 'a service cannot be asked just now')
      const reason =
        err instanceof ServiceError ? err.message : `${service} answers something else than expected.`
      return { groups: [], silent: { service, reason } }
    }
  }

  /** Undefined: there is no monitor. @throws ServiceError `unavailable` when it does not answer. */
  async readOverview(): Promise<OverviewState | undefined> {
    const [[dashboard], [windows]] = await Promise.all([this.whoTells('dashboard'), this.whoTells('windows')])
    return readOverview(this.#options.ask, { dashboard, windows })
  }

  /** The services that report it; those that do not answer are left out. */
  async whoTells(telling: Telling): Promise<readonly string[]> {
    const names = this.#options.services.map(({ name }) => name)
    const found = await Promise.all(names.map((name) => this.#find(name).catch(() => undefined)))
    return names.filter((_name, n) => found[n]?.tells.includes(telling))
  }

  /** Every consumer and outbox, and the services that cannot be asked. */
  async sources(): Promise<{ readonly sources: readonly Source[]; readonly silent: readonly string[] }> {
    const names = this.#options.services.map(({ name }) => name)
    const found = await Promise.all(names.map((name) => this.#find(name).catch(() => undefined)))
    return {
      sources: found.flatMap((each) => each?.sources ?? []),
      silent: names.filter((_name, n) => found[n] === undefined),
    }
  }

  async #find(service: string): Promise<Found> {
    const known = this.#found.get(service)
    if (known && performance.now() - known.at < sourcesMs) return known.found
    const found = await findSources(this.#options.ask, service)
    this.#found.set(service, { found, at: performance.now() })
    return found
  }
}

/** @param state of dead letters; undefined: those on the list. */
export async function readGroups(ask: Ask, source: Source, state?: PutAwayState): Promise<BoardGroup[]> {
  const { id, kind } = source
  if (kind === 'consumer') {
    const groups = await listGroups(ask, source, state)
    return groups.map(({ count: events, ...group }) => ({ source: id, kind, ...group, events }))
  }
  return groupKeys((await listKeys(ask, source)).keys).map(
    ({ group, filter, error, events, keys, firstAt, lastAt }) => ({
      source: id,
      kind,
      group,
      type: filter?.type ?? null,
      reason: filter?.code ?? '',
      error,
      events,
      keys,
      first_at: firstAt,
      last_at: lastAt,
    }),
  )
}

function unknownSource(id: string): ServiceError {
  return new ServiceError('notFound', `There is no consumer or outbox ${JSON.stringify(id.slice(0, 100))}.`)
}
