import { onEdge } from '../../edge/onEdge.ts'
import { primaryKilled } from '../primaryKilled.ts'

const outageMs = 45_000

export const usersPrimaryKilled = onEdge({
  ...primaryKilled,
  name: 'usersPrimaryKilled',
  title: 'Postgres primary killed while users log in and read',
  hypothesis:
    'Users, sessions, keys and mails that were acknowledged are on a synchronous replica. Requests through the gateway are answered 503 or not at all until a primary accepts writes, and then all of them again: no user, no session and no mail is lost.',
  mayFail: { at: 'outage', ms: outageMs },
})
