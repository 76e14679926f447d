import type { Language } from '../email/templates/words.ts'
import type { MailPurpose } from './renderUserMail.ts'

interface UserWords {
  readonly subject: string
  readonly intro: string
  /** Before the code. */
  readonly code: string
  readonly ignore: string
}

const ignore = {
  es: 'Si no lo has pedido tú, no hagas nada.',
  en: 'If you did not ask for this, do nothing.',
} as const

export const userWords: Readonly<Record<Language, Readonly<Record<MailPurpose, UserWords>>>> = {
  es: {
    verify: {
      subject: 'Te damos la bienvenida: confirma tu dirección',
      intro: 'Gracias por registrarte. Confirma que esta dirección es tuya para empezar.',
      code: 'Tu código de confirmación:',
      ignore: ignore.es,
    },
    known: {
      subject: 'Ya tienes una cuenta',
      intro:
        'Alguien ha querido registrarse con esta dirección, que ya tiene una cuenta. Si has sido tú, entra con tu contraseña o pide una nueva.',
      code: '',
      ignore: ignore.es,
    },
    reset: {
      subject: 'Cambia tu contraseña',
      intro: 'Hemos recibido una petición para cambiar tu contraseña.',
      code: 'El código para poner una contraseña nueva:',
      ignore: ignore.es,
    },
    email: {
      subject: 'Confirma tu nueva dirección',
      intro: 'Confirma que esta es tu nueva dirección. Hasta entonces vale la anterior.',
      code: 'Tu código de confirmación:',
      ignore: ignore.es,
    },
  },
  en: {
    verify: {
      subject: 'Welcome: confirm your address',
      intro: 'Thank you for registering. Confirm that this address is yours to begin.',
      code: 'Your confirmation code:',
      ignore: ignore.en,
    },
    known: {
      subject: 'You already have an account',
      intro:
        'Somebody wanted to register with this address, which has an account. If it was you, log in with your password or ask for a new one.',
      code: '',
      ignore: ignore.en,
    },
    reset: {
      subject: 'Change your password',
      intro: 'We were asked to change your password.',
      code: 'The code to set a new password:',
      ignore: ignore.en,
    },
    email: {
      subject: 'Confirm your new address',
      intro: 'Confirm that this is your new address. Until then the one before holds.',
      code: 'Your confirmation code:',
      ignore: ignore.en,
    },
  },
}
