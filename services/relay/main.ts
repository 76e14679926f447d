import { defineService, type Environment, kafkaServer, runService } from '@relevo/kit'
import { api } from './api.ts'
import { configSpec } from './config.ts'
import { readOutboxes } from './outboxes.ts'
import { canPublish, canPublishAny, loopTurns } from './readiness.ts'
import { ownerOf } from './relayOptions.ts'
import { createHandlers } from './routes.ts'
import { startOutbox } from './startOutbox.ts'

/** The relay of the outboxes that these variables say. */
export function relayService(env: Environment) {
  return defineService({
    name: 'relay',
    config: configSpec,
    api,
    start: (context) => {
      const { config, health, onStop, watch } = context
      const settings = readOutboxes(env).outboxes
      const process = { outboxes: settings.length, owner: ownerOf(config) }
      const outboxes = settings.map((outbox) => startOutbox(outbox, context, process))
      // All at once: one whose database does not answer must not keep the others from handing over.
      onStop('outboxes', async () => void (await Promise.all(outboxes.map((outbox) => outbox.stop()))))

      for (const { name, relay } of outboxes)
        health.addLiveness(outboxes.length === 1 ? 'relay' : `relay ${name}`, loopTurns(relay))
      watch(kafkaServer(config, canPublish(outboxes)))
      if (outboxes.length > 1) health.addReadiness('outboxes', canPublishAny(outboxes), 'work')
      return createHandlers(outboxes)
    },
  })
}

if (import.meta.main) await runService(relayService(process.env), process.env)
