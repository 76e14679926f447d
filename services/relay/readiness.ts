import { type Health, type HealthCheck, isRefusedByKafka } from '@relevo/kit'
import type { Relay } from '@relevo/relay'
import type { RunningOutbox } from './startOutbox.ts'

/** A broker answers, and none refuses a relay: connections to some may have been made before the credentials changed. */
export function canPublish(outboxes: readonly RunningOutbox[]): () => Promise<void> {
  return async () => {
    await Promise.any(outboxes.map(({ producer }) => producer.ping()))
    const trouble = outboxes.map(({ relay }) => relay.trouble).find(isRefusedByKafka)
    if (trouble) throw trouble
  }
}

/**
 * Ready with several outboxes means: one of them at least can be published. What keeps the others is in GET /outboxes and the
 * metrics. A relay gets no traffic, so its readiness is for rollouts, which one database that is away must not hold up.
 */
export function canPublishAny(
  outboxes: readonly { readonly name: string; readonly health: Pick<Health, 'readyProblems'> }[],
): HealthCheck {
  return async () => {
    const found = await Promise.all(
      outboxes.map(async ({ name, health }) => ({ name, problems: await health.readyProblems() })),
    )
    if (found.some(({ problems }) => Object.keys(problems).length === 0)) return undefined
    return found
      .map(({ name, problems }) => {
        const reasons = Object.entries(problems).map(([check, reason]) => `${check}: ${reason}`)
        return `${name} (${reasons.join(', ')})`
      })
      .join('; ')
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
