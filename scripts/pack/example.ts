import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The first program of a README, which works when it is copied. */
export interface Example {
  /** Of the package's folder. */
  readonly name: string
  readonly source: string
}

const firstBlock = /^```ts\n([\s\S]*?)^```$/m

/** The first block of TypeScript in the README of a package; undefined: it has no README or no such block. */
export function firstExample(folder: string): Example | undefined {
  const file = join(folder, 'README.md')
  if (!existsSync(file)) return undefined
  const [, source] = firstBlock.exec(readFileSync(file, 'utf8')) ?? []
  return source === undefined ? undefined : { name: basename(folder), source }
}
