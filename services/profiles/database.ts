import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import {
  profileUpdatedTopic,
  userCreatedTopic,
  userDeletedTopic,
  userUpdatedTopic,
} from '../../systems/users/topics.ts'

const topics = [userCreatedTopic, userUpdatedTopic, userDeletedTopic, profileUpdatedTopic]

/** Profiles, whose personal fields are sealed with keys that are not in it. */
export const database = defineDatabase({
  name: 'profiles',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: topics.flatMap((topic) => [topic, topic.deadLetters]),
})

if (import.meta.main) await runMigration(database, process.env)
