import { draftEvent, type EventContract } from '@relevo/contracts'
import { mailSent, register } from './requests/users.ts'
import { small } from './resources.ts'
import type { System } from './system.ts'
import { profileFlows, usersMailFlows } from './users/flows.ts'
import { userAgreements, userLaws } from './users/laws.ts'
import { profileUpdated } from './users/profileEvents.ts'
import { profileUpdatedTopic, userMails, usersTopics } from './users/topics.ts'
import { publishedUserEvents, userMailRequested } from './users/userEvents.ts'

const mailChannel = {
  CHANNELS: 'users,welcome,profiles',
  EMAIL_SANDBOX: 'true',
  KAFKA_GROUP_PREFIX: 'users-notifications',
}

/** In the repository, and so for a machine of one's own: the users refuse it where they listen for others. */
const developmentKey = `development:${Buffer.alloc(32, 'development ').toString('base64')}`

/**
 * Accounts, sessions and tokens, and what users choose in their profiles. What is personal in events is sealed, and the mails are asked for by their ids: an event tells
 * nobody what it is about, so that a ledger knows the mails by their users.
 */
export const usersSystem: System = {
  name: 'users',
  databases: [
    { name: 'users', folder: 'users' },
    { name: 'users_notifications', folder: 'notifications' },
    { name: 'profiles', folder: 'profiles' },
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
        env: { AUTH: 'on', DATABASE_POOL_SIZE: '6', TRUST_FORWARDED_FOR: 'true' },
        // A password is hashed in 19 MiB.
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
        resources: small,
      },
    },
    {
      name: 'profiles',
      port: 5008,
      database: 'profiles',
      calls: ['users'],
      status: '/stats',
      route: '/profiles',
      chart: { env: { AUTH: 'on', DATABASE_POOL_SIZE: '6' }, resources: small },
    },
  ],
  relays: [
    {
      name: 'relay-users',
      port: 3005,
      outboxes: ['users', 'profiles'],
      source: 'table',
      chart: { resources: small },
    },
  ],
  topics: [...usersTopics, profileUpdatedTopic],
  events: [...publishedUserEvents, userMailRequested, profileUpdated] as EventContract[],
  flows: [...usersMailFlows, ...profileFlows],
  laws: userLaws,
  agreements: userAgreements,
  entry: {
    service: 'users',
    topic: userMails,
    content: `payload ->> 'user_id'`,
    requests: [register],
    // Keyed by nobody: the mail's sender learns that it is void.
    draft: () =>
      draftEvent(userMailRequested, {
        mail_id: crypto.randomUUID(),
        user_id: crypto.randomUUID(),
        purpose: 'verify',
      }),
    arrivals: [mailSent],
  },
  tryIt: [
    `curl -sS {users}/users -H 'content-type: application/json' -d '{"name":"Ana Pérez","email":"ana@example.com","password":"correct horse battery"}'`,
    `curl -sS {users}/users`,
    `curl -sS {users}/.well-known/jwks.json`,
    `curl -sS {profiles}/profiles`,
  ],
}
