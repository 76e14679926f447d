import { entityTag, requireMatch, ServiceError } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { type Changed, change, create, defaultsFor, end, type ProfileLanguage } from '../domain/profile.ts'
import { draftChange } from '../events.ts'
import { changedFields, openChoices, sealChoices } from '../personal.ts'
import type { OpenChoices } from '../requests.ts'
import { claimProfiles, lockProfile } from '../sql/lockProfiles.ts'
import type { StoredProfile } from '../sql/profileRow.ts'
import { saveProfile } from '../sql/saveProfile.ts'

export interface ChangeContext {
  readonly id: string
  /** Opens and seals what is personal. */
  readonly key: Uint8Array
  /** The default. */
  readonly language: ProfileLanguage
}

/** Makes a profile in the caller's transaction. @throws ServiceError `conflict` when there is one, or its user was erased. */
export async function createProfile(
  client: pg.PoolClient,
  { id, key, language }: ChangeContext,
  wanted: OpenChoices,
): Promise<StoredProfile> {
  const profile = (await claimProfiles(client, [id], language)).get(id)
  const created = profile && create(profile, sealChoices(key, id, wanted))
  if (!created)
    throw new ServiceError(
      'conflict',
      `There is a profile of user ${id} already. Change that, by PUT or PATCH.`,
    )
  return store(client, created)
}

/**
 * Changes a profile that is as `ifMatch` says, in the caller's transaction; what changes nothing keeps its version.
 * @throws ServiceError as `requireMatch`, and `notFound`.
 */
export async function changeProfile(
  client: pg.PoolClient,
  { id, key }: Omit<ChangeContext, 'language'>,
  ifMatch: string | undefined,
  /** What it is to hold, by what it holds. */
  decide: (current: OpenChoices) => OpenChoices,
): Promise<StoredProfile> {
  const profile = await lockMatching(client, id, ifMatch)
  const before = openChoices(key, profile)
  const after = decide(before)
  const changed = change(profile, sealChoices(key, id, after), changedFields(before, after))
  return changed ? store(client, changed) : profile
}

/** Deletes what a profile holds of its own. @throws ServiceError as `changeProfile`. */
export async function deleteProfile(
  client: pg.PoolClient,
  { id, language }: Omit<ChangeContext, 'key'>,
  ifMatch: string | undefined,
): Promise<void> {
  const profile = await lockMatching(client, id, ifMatch)
  await store(client, end(profile, 'deleted', defaultsFor(language)))
}

async function lockMatching(
  client: pg.PoolClient,
  id: string,
  ifMatch: string | undefined,
): Promise<StoredProfile> {
  const profile = await lockProfile(client, id)
  if (!profile) throw unknownProfile(id)
  requireMatch(ifMatch, entityTag(profile.version))
  return profile
}

export function unknownProfile(id: string): ServiceError {
  return new ServiceError('notFound', `There is no profile of user ${id}.`)
}

async function store(client: pg.PoolClient, changed: Changed): Promise<StoredProfile> {
  const saved = await saveProfile(client, changed.next)
  await enqueue(client, draftChange(changed))
  return saved
}
