import { layout, type Mail } from '../email/templates/layout.ts'
import type { Language } from '../email/templates/words.ts'

const words: Readonly<
  Record<Language, { readonly subject: string; readonly paragraphs: readonly string[] }>
> = {
  es: {
    subject: 'Te damos la bienvenida',
    paragraphs: [
      'Tu cuenta está creada. Cuando confirmes tu dirección con el otro correo que te enviamos, podrás entrar.',
      'En tu perfil eliges el idioma de los correos y cuáles quieres recibir.',
    ],
  },
  en: {
    subject: 'Welcome',
    paragraphs: [
      'Your account is there. Confirm your address by the other mail that we send you, and log in.',
      'In your profile you choose the language of our mails, and which of them you want.',
    ],
  },
}

/** The mail that welcomes a user, as text and HTML. */
export function renderWelcome(name: string, language: Language): Mail {
  const { subject, paragraphs } = words[language]
  return layout({ language, subject, customer: name, paragraphs })
}
