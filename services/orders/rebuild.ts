// Rebuilds a read model from the events, beside the orders that come in: node rebuild.ts, or READ_MODEL=order-totals node rebuild.ts
import { type Projection, rebuildProjection } from '@relevo/event-store'
import {
  createPool,
  databaseVariables,
  defineConfig,
  oneOf,
  processVariables,
  runTask,
  toDatabaseUrl,
} from '@relevo/kit'
import { ordersProjection } from './projections/orders.ts'
import { totalsProjection } from './projections/totals.ts'

/** The read models, by their names. */
export const projections = [ordersProjection, totalsProjection] as readonly Projection[]

const names = projections.map(({ name }) => name)

const config = defineConfig({
  ...processVariables,
  databaseUrl: databaseVariables.databaseUrl,
  databasePasswordFile: databaseVariables.databasePasswordFile,
  readModel: oneOf('READ_MODEL', names, { default: 'orders', doc: 'The read model to rebuild' }),
})

if (import.meta.main)
  await runTask({
    name: 'orders-rebuild',
    config,
    env: process.env,
    run: async ({ config: { readModel, ...settings }, logger }) => {
      const projection = projections.find(({ name }) => name === readModel)
      if (!projection) throw new Error(`There is no read model ${readModel}`)
      const pool = createPool({
        databaseUrl: toDatabaseUrl(settings),
        name: 'orders rebuild',
        size: 2,
        logger,
      })
      try {
        const { outcome } = await rebuildProjection({ pool, projection, logger })
        if (outcome !== 'switched') throw new Error(`The read model stays as it was: ${outcome}`)
      } finally {
        await pool.end()
      }
    },
  })
