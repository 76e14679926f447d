import { pageQuery, roles } from '@relevo/kit'
import { z } from 'zod'

const mostName = 200
const mostEmail = 254
/** Of a password, in characters as people count them. */
const [leastPassword, mostPassword] = [12, 128]

/** The class Cc, as every tool that reads JSON Schema knows it. */
const controls = String.raw`\u0000-\u001f\u007f-\u009f`
const addressText = String.raw`[^\s${controls}@<>()\[\]\\,;:"]`

const name = z
  .string()
  .trim()
  .min(1)
  .max(mostName)
  .regex(new RegExp(`^[^${controls}]*$`, 'u'))

/** One address, as mail servers take them; whether it is anybody's, only a mail tells. */
const email = z
  .string()
  .trim()
  .max(mostEmail)
  .regex(new RegExp(`^${addressText}{1,64}@${addressText}{1,190}$`, 'u'))
  .meta({ examples: ['ana@example.com'] })

const password = z
  .string()
  .max(mostPassword * 4)
  .refine((text) => [...text].length >= leastPassword && [...text].length <= mostPassword, {
    error: `"password" must have ${leastPassword} to ${mostPassword} characters`,
  })
  .meta({ description: `${leastPassword} to ${mostPassword} characters`, format: 'password' })

/** Any text that might be one: the rules are explained when it is set, not when it is guessed. */
const anyPassword = z
  .string()
  .min(1)
  .max(mostPassword * 4)
  .meta({ format: 'password' })

const code = z.string().min(1).max(200).meta({ description: 'What the mail says' })
const refreshToken = z.string().min(1).max(200)

export const registration = z.strictObject({ name, email, password })
export const userChange = z.strictObject({
  name,
  email: email.meta({ description: 'A new one holds once the code in the mail to it was used' }),
  role: z.enum(roles).optional().meta({ description: 'For admins only' }),
})
export const loginRequest = z.strictObject({ email, password: anyPassword })
export const refreshRequest = z.strictObject({ refresh_token: refreshToken })
export const codeRequest = z.strictObject({ token: code })
export const forgotRequest = z.strictObject({ email })
export const resetRequest = z.strictObject({ token: code, password })
export const userParams = z.object({ id: z.uuid() })
export const userQuery = pageQuery('en').extend({
  search: z.string().min(1).max(300).optional().meta({
    description:
      'The beginnings of words of the name or the address, all of which are found; or a whole address',
  }),
})
