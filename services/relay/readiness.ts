import type { Producer } from '@relevo/kafka'
import { type HealthCheck, isRefusedByKafka } from '@relevo/kit'
import type { Relay } from '@relevo/relay'

/** A broker answers, and none refuses the relay: connections to some may have been made before the credentials changed. */
export function canPublish(producer: Producer, relay: Relay): () => Promise<void> {
  return async () => {
    await producer.ping()
    if (isRefusedByKafka(relay.trouble)) throw relay.trouble
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
