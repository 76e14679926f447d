import { draftEvent, type EventContract } from '@relevo/contracts'
import { mailSent, register } from './requests/users.ts'
import { small } from './resources.ts'
import type { System } from './system.ts'
import { userMails, usersTopics } from './users/topics.ts'
import { publishedUserEvents, userMailRequested } from './users/userEvents.ts'

const mailChannel = { CHANNELS: 'users', EMAIL_SANDBOX: 'true', KAFKA_GROUP_PREFIX: 'users-notifications' }
const group = 'users-notifications-users'

/** In the repository, and so for a machine of one's own: the users refuse it where they listen for others. */
const developmentKey = `development:${Buffer.alloc(32, 'development ').toString('base64')}`

/**
 * Accounts, sessions and tokens. What is personal in events is sealed, and the mails are asked for by their ids: an event tells
 * nobody what it is about, so that a ledger knows the mails by their users.
 */
export const usersSystem: System = {
  name: 'users',
  databases: [
    { name: 'users', folder: 'users' },
    { name: 'users_notifications', folder: 'notifications' },
  ],
  services: [
    {
      name: 'users',
      port: 5007,
      database: 'users',
      variables: { USERS_MASTER_KEYS: developmentKey },
      status: '/ready',
      route: '/users',
      chart: {
        preStopSeconds: 5,
        env: { AUTH: 'on', DATABASE_POOL_SIZE: '6', TRUST_FORWARDED_FOR: 'true' },
        // Passwords are hashed two at a time, in 19 MiB each.
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '320Mi' } },
      },
    },
    {
      name: 'users-notifications',
      folder: 'notifications',
      port: 5005,
      database: 'users_notifications',
      variables: mailChannel,
      sendsMail: true,
      calls: ['users'],
      groups: ['users-notifications-*'],
      status: '/channels',
      chart: {
        env: mailChannel,
        resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '192Mi' } },
      },
    },
  ],
  relays: [
    { name: 'relay-users', port: 3005, outboxes: ['users'], source: 'table', chart: { resources: small } },
  ],
  topics: usersTopics,
  events: [...publishedUserEvents, userMailRequested as EventContract],
  flows: [
    {
      topic: userMails,
      group,
      consumer: 'users-notifications',
      effects: {
        count: `select count(*)::int as effects from inbox.effect where consumer = '${group}'`,
        times: `
select event_id::text, (extract(epoch from processed_at) * 1000)::float8 as effect_at
from inbox.effect where consumer = '${group}' and processed_at >= to_timestamp($1::float8 / 1000)`,
        list: `select event_id::text as event from inbox.effect where consumer = '${group}' order by processed_at, event_id`,
      },
    },
  ],
  entry: {
    service: 'users',
    topic: userMails,
    content: `payload ->> 'user_id'`,
    requests: [register],
    draft: (user_id) =>
      draftEvent(userMailRequested, { mail_id: crypto.randomUUID(), user_id, purpose: 'verify' }),
    arrivals: [mailSent],
  },
  tryIt: [
    `curl -sS {users}/users -H 'content-type: application/json' -d '{"name":"Ana Pérez","email":"ana@example.com","password":"correct horse battery"}'`,
    `curl -sS {users}/users`,
    `curl -sS {users}/.well-known/jwks.json`,
  ],
}
