import { fileURLToPath } from 'node:url'

/** The script and the style of all pages. */
export interface BuiltPages {
  readonly script: Uint8Array
  readonly style: Uint8Array
}

/** Where the image has them; nowhere else. */
export const builtFiles = {
  script: fileURLToPath(new URL('built/console.js', import.meta.url)),
  style: fileURLToPath(new URL('built/style.css', import.meta.url)),
} as const
