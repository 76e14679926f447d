import { onEdge } from '../../edge/onEdge.ts'
import { primarySwitched } from '../primarySwitched.ts'

const outageMs = 45_000

export const usersPrimarySwitched = onEdge({
  ...primarySwitched,
  name: 'usersPrimarySwitched',
  title: 'Planned switchover of Postgres while users log in and read',
  hypothesis:
    'The new primary has every user and session of the old one. Requests through the gateway fail for the seconds between, and then none: nobody has to log in again.',
  mayFail: { at: 'outage', ms: outageMs },
})
