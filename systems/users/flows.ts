import type { TopicContract } from '@relevo/contracts'
import type { Flow } from '../system.ts'
import {
  profileUpdatedTopic,
  userCreatedTopic,
  userDeletedTopic,
  userMails,
  userUpdatedTopic,
} from './topics.ts'

/** A channel of the notifications has a group of its own; the effect of an event is the row of its inbox. */
export function channelFlow(consumer: string, channel: string, topic: TopicContract): Flow {
  const group = `${consumer}-${channel}`
  return { topic, group, consumer, effects: effectsOf(`from inbox.effect where consumer = '${group}'`) }
}

/** The mails come first: the users are entered by what they are sent. */
export const usersMailFlows: readonly Flow[] = [
  channelFlow('users-notifications', 'users', userMails),
  channelFlow('users-notifications', 'welcome', userCreatedTopic),
  channelFlow('users-notifications', 'profiles', profileUpdatedTopic),
]

/** One group takes them all, from one outbox: `heard` tells which is which. */
export const profileFlows: readonly Flow[] = [userCreatedTopic, userUpdatedTopic, userDeletedTopic].map(
  (topic) => ({
    topic,
    group: 'profiles-service-group',
    consumer: 'profiles',
    effects: effectsOf(`
from inbox.effect join heard using (event_id) where consumer = 'profiles-service-group' and type = '${topic.name}'`),
  }),
)

function effectsOf(processed: string): Flow['effects'] {
  return {
    count: `select count(*)::int as effects ${processed}`,
    times: `
select event_id::text, (extract(epoch from processed_at) * 1000)::float8 as effect_at ${processed}
  and processed_at >= to_timestamp($1::float8 / 1000)`,
    list: `select event_id::text as event ${processed} order by processed_at, event_id`,
  }
}
