import { preferenceHandlers } from '../preferences/takePreference.ts'
import type { Channel } from './channel.ts'

/** Sends nothing: it keeps the language and the preferences of users, which the other channels of its database go by. */
export function createProfilesChannel(topic: string): Channel {
  return { name: 'profiles', consumes: { topic, handlers: preferenceHandlers }, external: false }
}
