import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The flags of Node.js in a service's own start script, `node --flag main.ts`: they bound its memory. */
export function nodeFlags(serviceDirectory: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(serviceDirectory, 'package.json'), 'utf8'))
  return String(scripts.start).split(' ').slice(1, -1)
}
