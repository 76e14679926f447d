import type { SqlClient } from '@relevo/kit'
import { type ProfileRow, profileColumns, type StoredProfile, toProfile } from './profileRow.ts'

const findSql = `select ${profileColumns} from profile where id = $1 and state = 'active'`

export async function findProfile(client: SqlClient, id: string): Promise<StoredProfile | undefined> {
  const { rows } = await client.query<ProfileRow>({ name: 'find_profile', text: findSql, values: [id] })
  return rows[0] && toProfile(rows[0])
}
