import { stripVTControlCharacters } from 'node:util'

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * Text that a terminal shows and does not obey: without escape sequences, and with other control and
 * text-direction characters as `\u....`. Keys, types and errors come from whoever recorded the event.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(
    control,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
