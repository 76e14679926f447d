import type { TopicContract } from '@relevo/contracts'
import { commissionsSystem } from './commissions.ts'
import { messagesSystem } from './messages.ts'
import { topicsWithDeadLetters } from './parts.ts'
import { shopSystem } from './shop.ts'
import type { System } from './system.ts'
import { usersSystem } from './users.ts'

/** Every system by its name, in the order in which they get their ports. */
export const systems = {
  messages: messagesSystem,
  commissions: commissionsSystem,
  shop: shopSystem,
  users: usersSystem,
} as const satisfies Readonly<Record<string, System>>

export type SystemName = keyof typeof systems

export const allSystems: readonly System[] = Object.values(systems)

/** The topics of every system, each followed by its dead letters. */
export const allTopics: readonly TopicContract[] = allSystems.flatMap(topicsWithDeadLetters)
