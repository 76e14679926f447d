import { integerParameter } from '@relevo/kit'
import { z } from 'zod'
import { preferences, profileLanguages } from '../../systems/users/profileEvents.ts'
import { type Place, type Sorting, sortings } from './sql/listProfiles.ts'

function text(name: string, max: number) {
  const rule = `"${name}" must have 1 to ${max} characters, not all of them blank`
  return z
    .string()
    .max(max, rule)
    .refine((value) => value.trim() !== '', { error: rule })
}

const addressParts = {
  street: text('address.street', 200).meta({ examples: ['Calle Mayor 1, 2.º B'] }),
  city: text('address.city', 100).meta({ examples: ['Madrid'] }),
  postal_code: text('address.postal_code', 20).meta({ examples: ['28013'] }),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, '"address.country" must be a country code of two capitals (ISO 3166-1)')
    .meta({ examples: ['ES'] }),
}
const region = text('address.region', 100)

export const address = z.strictObject({ ...addressParts, region: region.optional() })
export type Address = z.output<typeof address>

const phone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, '"phone" must be + and 7 to 15 digits (E.164)')
  .meta({ examples: ['+34600111222'] })
const language = z.enum(profileLanguages)

const whoseUser = 'is of the user: change it at PUT /users/{id} of the users service'
const notOfProfile = (name: string) =>
  z
    .never({ error: `"${name}" ${whoseUser}` })
    .optional()
    .meta({ description: whoseUser })
const ofUser = { name: notOfProfile('name'), email: notOfProfile('email') }

/** What a profile holds of its own; null or left out: none, or the default. */
const choices = {
  address: address.nullish(),
  phone: phone.nullish(),
  language: language.nullish().meta({ description: 'Default: PROFILE_LANGUAGE' }),
  notifications: preferences.partial().nullish().meta({ description: 'What is left out is on' }),
}

export const createRequest = z.strictObject({
  id: z
    .uuid()
    .transform((id) => id.toLowerCase())
    .optional()
    .meta({ description: "The user's; default: who asks" }),
  ...choices,
  ...ofUser,
})

export const replaceRequest = z.strictObject({ ...choices, ...ofUser })

/** RFC 7396: null takes a member away, what is left out stays. */
export const patchRequest = z.strictObject({
  ...choices,
  address: z
    .strictObject({ ...addressParts, region })
    .partial()
    .extend(nullable({ ...addressParts, region }))
    .nullish(),
  notifications: z.strictObject(nullable(preferences.shape)).nullish(),
  ...ofUser,
})

function nullable<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.nullish()])) as {
    [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name]>>
  }
}

/** What a profile holds of its own, readable. */
export interface OpenChoices {
  readonly address: Address | null
  readonly phone: string | null
  readonly language: (typeof profileLanguages)[number]
  readonly notifications: z.output<typeof preferences>
}

export type ChoicesRequest = Pick<z.output<typeof replaceRequest>, keyof typeof choices>

export function toChoices(request: ChoicesRequest, defaultLanguage: OpenChoices['language']): OpenChoices {
  const { address, phone, language, notifications } = request
  return {
    address: address ?? null,
    phone: phone ?? null,
    language: language ?? defaultLanguage,
    notifications: {
      order_updates: notifications?.order_updates ?? true,
      account_news: notifications?.account_news ?? true,
    },
  }
}

export const profileParams = z.object({
  id: z
    .uuid()
    .transform((id) => id.toLowerCase())
    .meta({ description: "The user's" }),
})

export const changeHeaders = z.object({
  'if-match': z
    .string()
    .max(1_000)
    .optional()
    .meta({ description: 'Needed: the ETag of what is changed, or * for whatever is there' }),
})

export const readHeaders = z.object({
  'if-none-match': z.string().optional().meta({
    description: 'The ETag of what the client has: with the same the answer is 304, without a body',
  }),
})

const flag = (description: string) =>
  z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description })

const cursorForm = /^(-?(?:created|updated)_at)\.(\d{1,16})\.(\d{1,18})$/
const [defaultLimit, maxLimit] = [20, 100]

/** What a cursor says, which belongs to the sorting that it was made for. */
export function parseCursor(text: string): { readonly sort: Sorting; readonly place: Place } | undefined {
  const [, sort, micros, number] = cursorForm.exec(text) ?? []
  if (sort === undefined || micros === undefined || number === undefined) return undefined
  return { sort: sort as Sorting, place: { micros, number } }
}

export function formatCursor(sort: Sorting, { micros, number }: Place): string {
  return `${sort}.${micros}.${number}`
}

export const listQuery = z
  .strictObject({
    cursor: z
      .string()
      .regex(cursorForm, 'The parameter "cursor" is not valid: use the "next_cursor" of the page before')
      .optional()
      .meta({ description: 'The `next_cursor` of the page before' }),
    limit: integerParameter({
      min: 1,
      max: maxLimit,
      description: `How many at most; default ${defaultLimit}`,
    }).default(defaultLimit),
    sort: z.enum(sortings).default('-created_at').meta({ description: 'With a - the latest come first' }),
    language: language.optional(),
    order_updates: flag('Whether they want mails about their orders'),
    account_news: flag('Whether they want news about their accounts'),
    updated_from: z.iso
      .datetime({
        offset: true,
        error: 'The parameter "updated_from" must be a time of ISO 8601, as 2026-01-15T10:30:00Z',
      })
      .refine((text) => !text.startsWith('0000'), {
        error: 'The parameter "updated_from" must be a year from 1 on',
      })
      .transform((text) => new Date(text))
      .optional()
      .meta({ format: 'date-time', description: 'Changed at this time or later' }),
  })
  .superRefine(({ cursor, sort }, context) => {
    if (cursor === undefined || parseCursor(cursor)?.sort === sort) return
    context.addIssue('The parameter "cursor" belongs to another "sort": send the same as for the page before')
  })
