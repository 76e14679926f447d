import type { QueryResultRow } from 'pg'
import type { Profile } from '../domain/profile.ts'

export const profileColumns = `id, number::text as number, state, version, name, email, sealed_by, address, phone, language,
  order_updates, account_news, created_at, updated_at`

export interface ProfileRow extends QueryResultRow {
  readonly id: string
  readonly number: string
  readonly state: Profile['state']
  readonly version: number
  readonly name: string | null
  readonly email: string | null
  readonly sealed_by: string | null
  readonly address: string | null
  readonly phone: string | null
  readonly language: Profile['language']
  readonly order_updates: boolean
  readonly account_news: boolean
  readonly created_at: Date
  readonly updated_at: Date
}

/** A profile as it is stored. */
export interface StoredProfile extends Profile {
  readonly createdAt: Date
  readonly updatedAt: Date
}

export function toProfile(row: ProfileRow): StoredProfile {
  const { id, state, version, name, email, sealed_by, address, phone, language } = row
  const hasUser = name !== null && email !== null && sealed_by !== null
  return {
    id,
    state,
    version,
    user: hasUser ? { name, email, sealedBy: sealed_by } : null,
    address,
    phone,
    language,
    notifications: { order_updates: row.order_updates, account_news: row.account_news },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
