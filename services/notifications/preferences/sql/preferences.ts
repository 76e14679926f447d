import type { InboxTransaction } from '@relevo/inbox'
import type { Language } from '../../email/templates/words.ts'

/** What a user has chosen. */
export interface Preference {
  /** Null: there is no profile any more. */
  readonly language: Language | null
  readonly orderUpdates: boolean
  readonly accountNews: boolean
}

const storeSql = `
insert into preference (user_id, version, language, order_updates, account_news) values ($1, $2, $3, $4, $5)
on conflict (user_id) do update set version = excluded.version, language = excluded.language,
  order_updates = excluded.order_updates, account_news = excluded.account_news
where preference.version < excluded.version`

/** Stores what a version of a profile says, unless a later one is known. */
export async function storePreference(
  tx: InboxTransaction,
  userId: string,
  version: number,
  { language, orderUpdates, accountNews }: Preference,
): Promise<void> {
  const values = [userId, version, language, orderUpdates, accountNews]
  await tx.query({ name: 'store_preference', text: storeSql, values })
}

const findSql = `
select language, order_updates as "orderUpdates", account_news as "accountNews" from preference where user_id = $1`

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Undefined: the id is no user's, or nothing was heard of the user. */
export async function findPreference(
  tx: InboxTransaction,
  userId: string | undefined,
): Promise<Preference | undefined> {
  if (userId === undefined || !uuidForm.test(userId)) return undefined
  const { rows } = await tx.query<Preference>({
    name: 'find_preference',
    text: findSql,
    values: [userId],
  })
  return rows[0]
}
