import type { SqlClient } from '@relevo/kit'
import type { ProfileLanguage } from '../domain/profile.ts'
import { type ProfileRow, profileColumns, type StoredProfile, toProfile } from './profileRow.ts'

// One pass in the order of the ids: with rows made first and locked then, two transactions would wait for each other.
const claimSql = `
insert into profile (id, language) select id, $2 from unnest($1::uuid[]) as id order by id
on conflict (id) do update set id = excluded.id
returning ${profileColumns}`

/** Locks the profiles of users, and makes those of version 0 that are not there; the caller's transaction gives them a version. */
export async function claimProfiles(
  client: SqlClient,
  ids: readonly string[],
  language: ProfileLanguage,
): Promise<Map<string, StoredProfile>> {
  const values = [[...new Set(ids)], language]
  const { rows } = await client.query<ProfileRow>({ name: 'claim_profiles', text: claimSql, values })
  return new Map(rows.map((row) => [row.id, toProfile(row)]))
}

const lockSql = `select ${profileColumns} from profile where id = $1 and state = 'active' for update`

export async function lockProfile(client: SqlClient, id: string): Promise<StoredProfile | undefined> {
  const { rows } = await client.query<ProfileRow>({ name: 'lock_profile', text: lockSql, values: [id] })
  return rows[0] && toProfile(rows[0])
}
