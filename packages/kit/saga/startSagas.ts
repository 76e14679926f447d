import { type AnySaga, createSagas, type Sagas, type SagasOptions } from '@relevo/saga'
import type { ServiceContext } from '../process/service.ts'

/**
 * Runs sagas once the database is migrated, until the service stops. Give `handlers` to the consumer of their replies,
 * which is started after this so that it stops before.
 */
export function startSagas<C>(
  context: Pick<ServiceContext<C>, 'pool' | 'registry' | 'logger' | 'onStop' | 'whenMigrated'>,
  definitions: readonly AnySaga[],
  options: Partial<SagasOptions> = {},
): Sagas {
  const { pool, registry, logger, onStop, whenMigrated } = context
  const sagas = createSagas({ pool, definitions, registry, logger, ...options })
  onStop('sagas', () => sagas.stop())
  whenMigrated(() => sagas.start())
  return sagas
}
