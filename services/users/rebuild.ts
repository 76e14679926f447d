// Rebuilds the read model of accounts from the events, beside what comes in: node rebuild.ts
import { type Projection, rebuildProjection } from '@relevo/event-store'
import {
  createPool,
  databaseVariables,
  defineConfig,
  processVariables,
  runTask,
  toDatabaseUrl,
} from '@relevo/kit'
import { accountsProjection } from './projections/accounts.ts'

const { databaseUrl, databasePasswordFile } = databaseVariables

if (import.meta.main)
  await runTask({
    name: 'users-rebuild',
    config: defineConfig({ ...processVariables, databaseUrl, databasePasswordFile }),
    env: process.env,
    run: async ({ config, logger }) => {
      const pool = createPool({ databaseUrl: toDatabaseUrl(config), name: 'users rebuild', size: 2, logger })
      try {
        const projection = accountsProjection as Projection
        const { outcome } = await rebuildProjection({ pool, projection, logger })
        if (outcome !== 'switched') throw new Error(`The read model stays as it was: ${outcome}`)
      } finally {
        await pool.end()
      }
    },
  })
