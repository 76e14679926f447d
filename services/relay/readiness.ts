import type { Producer } from '@relevo/kafka'
import type { HealthCheck } from '@relevo/kit'
import type { Relay } from '@relevo/relay'

const trustMs = 2_000

/** Ready means: a broker answers. An answer is trusted for two seconds, however often probes ask. */
export function canPublish(producer: Producer): HealthCheck {
  let asked: { at: number; answer: Promise<string | undefined> } | undefined
  return () => {
    if (asked === undefined || performance.now() - asked.at > trustMs)
      asked = { at: performance.now(), answer: ask(producer) }
    return asked.answer
  }
}

async function ask(producer: Producer): Promise<string | undefined> {
  try {
    await producer.ping()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const hangingSeconds = 180

/** Alive means: the relay's loop comes round. Each of its waits is bounded far below this. */
export function loopTurns(relay: Relay): HealthCheck {
  return () => {
    const { loopAgeSeconds } = relay.status()
    return loopAgeSeconds > hangingSeconds
      ? `the loop has hung for ${Math.round(loopAgeSeconds)} s`
      : undefined
  }
}
