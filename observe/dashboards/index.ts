import { consumers } from './consumers.ts'
import type { Dashboard } from './dashboard.ts'
import { outbox } from './outbox.ts'
import { overview } from './overview.ts'
import { sagas } from './sagas.ts'
import { servers } from './servers.ts'
import { shop } from './shop.ts'
import { slo } from './slo.ts'

export const dashboards: readonly Dashboard[] = [overview, outbox, consumers, sagas, shop, servers, slo]
