import {
  type ConfigOf,
  checkAuth,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  httpVariables,
  oneOf,
  processVariables,
  url,
} from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { profileLanguages } from '../../systems/users/profileEvents.ts'
import { userCreatedTopic, userDeletedTopic, userUpdatedTopic } from '../../systems/users/topics.ts'
import { takenTypes } from './events.ts'

export const consumedTopics = [userCreatedTopic, userUpdatedTopic, userDeletedTopic] as const

/** What the profiles can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5008),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'profiles',
      topic: consumedTopics.map(({ name }) => name),
      group: 'profiles-service-group',
      types: takenTypes,
    }),
    usersUrl: url('USERS_URL', ['http', 'https'], {
      default: 'http://localhost:5007',
      doc: 'The users service, which has the keys of personal fields; called with OPERATOR_TOKEN',
    }),
    usersTimeoutMs: duration('USERS_TIMEOUT_MS', {
      default: 2_000,
      min: 100,
      max: 10_000,
      doc: 'How long the users service may take to answer',
    }),
    language: oneOf('PROFILE_LANGUAGE', profileLanguages, {
      default: 'es',
      doc: 'The language of a profile without a chosen one',
    }),
  },
  checkKafka,
  checkAuth,
)

export type ProfilesConfig = ConfigOf<typeof config>
