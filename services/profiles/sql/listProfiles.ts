import type { SqlClient } from '@relevo/kit'
import { type ProfileRow, profileColumns, type StoredProfile, toProfile } from './profileRow.ts'

export const sortings = ['created_at', '-created_at', 'updated_at', '-updated_at'] as const
export type Sorting = (typeof sortings)[number]

/** Where a page begins: behind the profile of this number, as it was when it was listed. */
export interface Place {
  /** What is sorted by, in microseconds since 1970. */
  readonly micros: string
  readonly number: string
}

/** Which profiles; what is undefined does not matter. */
export interface ProfileFilter {
  readonly id?: string | undefined
  readonly language?: string | undefined
  readonly orderUpdates?: boolean | undefined
  readonly accountNews?: boolean | undefined
  /** Changed at that time or later. */
  readonly updatedFrom?: Date | undefined
}

export interface ListedProfile {
  readonly profile: StoredProfile
  readonly place: Place
}

const conditions = {
  id: 'id =',
  language: 'language =',
  orderUpdates: 'order_updates =',
  accountNews: 'account_news =',
  updatedFrom: 'updated_at >=',
} as const

/** A page of the profiles there are. */
export async function listProfiles(
  client: SqlClient,
  filter: ProfileFilter,
  {
    sort,
    after,
    limit,
  }: { readonly sort: Sorting; readonly after: Place | undefined; readonly limit: number },
): Promise<ListedProfile[]> {
  const values: unknown[] = []
  const where = ["state = 'active'"]
  for (const [name, condition] of Object.entries(conditions)) {
    const value = filter[name as keyof ProfileFilter]
    if (value !== undefined) where.push(`${condition} $${values.push(value)}`)
  }
  const column = sort.endsWith('updated_at') ? 'updated_at' : 'created_at'
  const [direction, beyond] = sort.startsWith('-') ? ['desc', '<'] : ['asc', '>']
  if (after) {
    const time = `timestamptz 'epoch' + $${values.push(after.micros)}::bigint * interval '1 microsecond'`
    where.push(`(${column}, number) ${beyond} (${time}, $${values.push(after.number)}::bigint)`)
  }
  const text = `
select ${profileColumns}, (extract(epoch from ${column}) * 1000000)::bigint::text as micros from profile
where ${where.join(' and ')} order by ${column} ${direction}, profile.number ${direction} limit $${values.push(limit)}`
  const { rows } = await client.query<ProfileRow & { readonly micros: string }>(text, values)
  return rows.map((row) => ({ profile: toProfile(row), place: { micros: row.micros, number: row.number } }))
}
