import { allIsThereSince } from '../shop/retention.ts'
import type { Agreement, Law } from '../system.ts'

/** What belongs to a user and is deleted with it. */
const owned = ['personal_key', 'address', 'search_term', 'credential', 'session', 'mail'] as const

const leftovers = owned
  .map(
    (table) =>
      `select user_id, '${table}' as what from ${table} where user_id not in (select id from account)`,
  )
  .join('\nunion all ')

/** What holds of the users at any time, since each transaction keeps it. */
export const userLaws: readonly Law[] = [
  {
    name: 'a user has a key, an address and a password',
    database: 'users',
    violations: `
select format('user %s has %s', id,
  concat_ws(' and ', case when k is null then 'no key' end, case when a is null then 'no address' end,
    case when c is null then 'no password' end)) as broken
from account left join personal_key k on k.user_id = id left join address a on a.user_id = id
  left join credential c on c.user_id = id
where k is null or a is null or c is null`,
  },
  {
    name: 'of an erased user nothing is left but what nobody can read',
    database: 'users',
    violations: `select format('%s of %s, who is not there', what, user_id) as broken from (${leftovers}) l`,
  },
  {
    name: 'an account is there from the first event of its user to the erasure',
    database: 'users',
    violations: `
select format('user %s: %s', coalesce(a.id::text, s.id), case when a.id is null then 'no account' else 'an account' end) as broken
from account a full join (
  select data ->> 'id' as id from event_store.stored_event where category = 'user'
  group by data ->> 'id' having not bool_or(type = 'USER_DELETED')
) s on s.id = a.id::text
where a.id is null or s.id is null`,
  },
  {
    name: 'each event of a user that is public is recorded once for Kafka',
    database: 'users',
    violations: `
select format('%s of user %s is stored %s times and recorded %s times', type, key, coalesce(stored, 0), coalesce(recorded, 0)) as broken
from (
  select type, data ->> 'id' as key, count(*) as stored from event_store.stored_event
  where type in ('USER_CREATED', 'USER_UPDATED', 'USER_DISABLED', 'USER_DELETED')
    and recorded_at >= ${allIsThereSince}
  group by 1, 2
) s full join (
  select topic as type, key, count(distinct event_id) as recorded from outbox.recorded where topic like 'USER\\_%' group by 1, 2
) r using (type, key)
where stored is distinct from recorded`,
  },
]

/** A profile is made by the user's first event and emptied by the last; whoever has left it open has none of a user. */
export const userAgreements: readonly Agreement[] = [
  {
    name: 'there is the copy of a user for each user, and for nobody else',
    sides: [
      { database: 'users', facts: `select id::text as key, 'is there' as value from account` },
      {
        database: 'profiles',
        facts: `select id::text as key, 'is there' as value from profile where sealed_by is not null`,
      },
    ],
  },
]
