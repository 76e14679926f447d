/** Says what is wrong, or nothing. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>

const checkTimeoutMs = 2_000

/**
 * Whether a service lives (its process is fine and its loops turn; else it should be restarted) and whether it
 * is ready (it can do its work just now; else it should get none).
 */
export class Health {
  readonly #liveness = new Map<string, HealthCheck>()
  readonly #readiness = new Map<string, HealthCheck>()

  /** The check must not depend on other servers: a restart does not cure those. */
  addLiveness(name: string, check: HealthCheck): void {
    this.#liveness.set(name, check)
  }

  addReadiness(name: string, check: HealthCheck): void {
    this.#readiness.set(name, check)
  }

  /** From now on it is not ready. */
  stop(): void {
    this.addReadiness('shutdown', () => 'stopping')
  }

  /** What is wrong, by the check's name; empty when all is well. */
  liveProblems(): Promise<Record<string, string>> {
    return problemsOf(this.#liveness)
  }

  readyProblems(): Promise<Record<string, string>> {
    return problemsOf(this.#readiness)
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
