import { defineTopic } from '@relevo/contracts'

const dayMs = 86_400_000

/** Three partitions and seven days each; the events of one user are in order within a topic. */
function usersTopic(name: string, summary: string) {
  return defineTopic({ name, summary, partitions: 3, retentionMs: 7 * dayMs, maxMessageBytes: 64 * 1_024 })
}

export const userCreatedTopic = usersTopic('USER_CREATED', 'Users who have registered')
export const userUpdatedTopic = usersTopic('USER_UPDATED', 'Users whose name or e-mail address has changed')
export const userDeletedTopic = usersTopic(
  'USER_DELETED',
  'Users who were erased: forget what you hold of them',
)
export const userDisabledTopic = usersTopic(
  'USER_DISABLED',
  'Users who may do nothing any more: refuse their tokens',
)
export const userMails = usersTopic(
  'users.mails',
  'Mails that users are to get; what they say is asked for by their ids',
)

export const profileUpdatedTopic = usersTopic(
  'PROFILE_UPDATED',
  'Profiles that were made, changed or deleted, or whose user was erased; those of one user are in order',
)

export const usersTopics = [
  userCreatedTopic,
  userUpdatedTopic,
  userDeletedTopic,
  userDisabledTopic,
  userMails,
]
