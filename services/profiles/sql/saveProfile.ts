import type { SqlClient } from '@relevo/kit'
import type { Profile } from '../domain/profile.ts'
import { type ProfileRow, profileColumns, type StoredProfile, toProfile } from './profileRow.ts'

// One that was deleted and made again is new.
const saveSql = `
update profile set state = $2, version = $3, name = $4, email = $5, sealed_by = $6, address = $7, phone = $8, language = $9,
  order_updates = $10, account_news = $11, updated_at = clock_timestamp(),
  created_at = case when state <> 'active' and $2 = 'active' then clock_timestamp() else created_at end
where id = $1
returning ${profileColumns}`

/** Writes a profile that the transaction has locked. */
export async function saveProfile(client: SqlClient, profile: Profile): Promise<StoredProfile> {
  const { id, state, version, user, address, phone, language, notifications } = profile
  const { order_updates, account_news } = notifications
  const copy = [user?.name ?? null, user?.email ?? null, user?.sealedBy ?? null]
  const values = [id, state, version, ...copy, address, phone, language, order_updates, account_news]
  const { rows } = await client.query<ProfileRow>({ name: 'save_profile', text: saveSql, values })
  const [row] = rows
  if (!row) throw new Error('A profile that is locked is gone; profiles are never removed.')
  return toProfile(row)
}
