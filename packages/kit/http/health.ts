/** Says what is wrong, or nothing. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>

/**
 * What cannot be done while a readiness check fails: answering requests, or only the work behind them, such as consuming,
 * publishing or sending mails.
 */
export type Hinders = 'requests' | 'work'

const checkTimeoutMs = 2_000
/** The check that fails while the process stops. */
const shutdown = 'shutdown'

/**
 * Whether a service lives (its process is fine and its loops turn; else it should be restarted), whether it is ready (it can do all of
 * its work just now), and whether it serves (it should get requests). What hinders only the work behind requests is waited
 * for after the start, so that no rollout replaces what works with what does not. Later it keeps no request away: an outage of Kafka
 * would otherwise be one of every API whose process also consumes.
 */
export class Health {
  readonly #liveness = new Map<string, HealthCheck>()
  readonly #readiness = new Map<string, HealthCheck>()
  /** Of the checks of work: whether they have passed since the start. */
  readonly #hasPassed = new Map<string, boolean>()

  /** The check must not depend on other servers: a restart does not cure those. */
  addLiveness(name: string, check: HealthCheck): void {
    this.#liveness.set(name, check)
  }

  addReadiness(name: string, check: HealthCheck, hinders: Hinders = 'requests'): void {
    this.#readiness.set(name, check)
    if (hinders === 'work') this.#hasPassed.set(name, false)
  }

  /** Whether {@link stop} was called. */
  get isStopping(): boolean {
    return this.#readiness.has(shutdown)
  }

  /** From now on it is not ready, and serves no more. */
  stop(): void {
    this.addReadiness(shutdown, () => 'stopping')
  }

  /** What is wrong, by the check's name; empty when all is well. */
  liveProblems(): Promise<Record<string, string>> {
    return problemsOf(this.#liveness)
  }

  readyProblems(): Promise<Record<string, string>> {
    return this.#unreadiness(this.#readiness)
  }

  /** What keeps requests away. */
  servingProblems(): Promise<Record<string, string>> {
    return this.#unreadiness(new Map([...this.#readiness].filter(([name]) => !this.#hasPassed.get(name))))
  }

  async #unreadiness(checks: ReadonlyMap<string, HealthCheck>): Promise<Record<string, string>> {
    const problems = await problemsOf(checks)
    for (const name of checks.keys()) {
      if (this.#hasPassed.has(name) && !(name in problems)) this.#hasPassed.set(name, true)
    }
    return problems
  }
}

async function problemsOf(checks: ReadonlyMap<string, HealthCheck>): Promise<Record<string, string>> {
  const found = await Promise.all([...checks].map(async ([name, check]) => [name, await run(check)] as const))
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function run(check: HealthCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${checkTimeoutMs} ms`), checkTimeoutMs)
  })
  try {
    return await Promise.race([Promise.resolve().then(check), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
