import { openText, sealText } from '@relevo/kit/personal'
import type { Choices, Profile, ProfileField } from './domain/profile.ts'
import type { Address, OpenChoices } from './requests.ts'

/** What belongs to the profile itself is bound to it in the place of an event. */
const here = 'profile'

export function sealChoices(
  key: Uint8Array,
  user: string,
  { address, phone, ...rest }: OpenChoices,
): Choices {
  const seal = (field: string, text: string) => sealText(key, { user, event: here, field }, text)
  return {
    ...rest,
    address: address && seal('address', JSON.stringify(address)),
    phone: phone && seal('phone', phone),
  }
}

/** @throws PersonalDataError of the kit. */
export function openChoices(
  key: Uint8Array,
  { id: user, address, phone, language, notifications }: Profile,
): OpenChoices {
  const open = (field: string, sealed: string) => openText(key, { user, event: here, field }, sealed)
  return {
    address: address === null ? null : (JSON.parse(open('address', address)) as Address),
    phone: phone === null ? null : open('phone', phone),
    language,
    notifications,
  }
}

/** Name and address of the user; nulls before they are known. @throws PersonalDataError of the kit. */
export function openUser(key: Uint8Array, { id: user, user: copy }: Profile) {
  if (copy === null) return { name: null, email: null }
  const open = (field: 'name' | 'email') => openText(key, { user, event: copy.sealedBy, field }, copy[field])
  return { name: open('name'), email: open('email') }
}

/** The fields that have another value. */
export function changedFields(before: OpenChoices, after: OpenChoices): ProfileField[] {
  const names = ['address', 'phone', 'language', 'notifications'] as const
  return names.filter((name) => written(before[name]) !== written(after[name]))
}

/** The same for what is the same, in whatever order its members come. */
function written(value: unknown): string {
  return JSON.stringify(value, value && typeof value === 'object' ? Object.keys(value).toSorted() : undefined)
}
