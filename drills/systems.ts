import type { SystemName } from '../proof/systems.ts'

/** The components of a system in a release, as their labels name them. */
export interface SystemComponents {
  api: string
  consumer: string
  relay: string
}

export const systemComponents: Readonly<Record<SystemName, SystemComponents>> = {
  messages: { api: 'messages', consumer: 'message-processor', relay: 'relay-messages' },
  commissions: { api: 'commissions', consumer: 'notifications', relay: 'relay-commissions' },
}
