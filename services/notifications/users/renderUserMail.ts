import { layout, type Mail } from '../email/templates/layout.ts'
import type { Language } from '../email/templates/words.ts'
import type { UserMail } from './readMail.ts'
import { userWords } from './userWords.ts'

export type MailPurpose = UserMail['purpose']

/** The mail as text and HTML; whatever a user is called, it is escaped. */
export function renderUserMail({ purpose, name, token, link }: UserMail, language: Language): Mail {
  const { subject, intro, code, ignore } = userWords[language][purpose]
  const codes = token === null ? [] : [code, link ?? token]
  return layout({ language, subject, customer: name, paragraphs: [intro, ...codes, ignore] })
}
