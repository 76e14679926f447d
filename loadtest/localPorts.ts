import type { SystemName } from '../proof/systems.ts'

/** Where `npm start` has a system's API, its consumer and its relay. */
export const localPorts: Readonly<Record<SystemName, { api: number; consumer: number; relay: number }>> = {
  messages: { api: 3000, consumer: 3001, relay: 3002 },
  commissions: { api: 5001, consumer: 5005, relay: 5006 },
}
