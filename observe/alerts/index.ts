import type { AlertGroup } from './alert.ts'
import { consumers } from './consumers.ts'
import { delivery } from './delivery.ts'
import { outboxes } from './outbox.ts'
import { sagas } from './sagas.ts'
import { services } from './services.ts'

export const alertGroups: readonly AlertGroup[] = [delivery, outboxes, consumers, sagas, services]
