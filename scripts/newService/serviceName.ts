import { CommandError } from '../commandLine.ts'

/** A name in the forms that code, SQL and people need. */
export interface ServiceName {
  /** As it was given: `stock-levels`. */
  readonly kebab: string
  /** `stockLevels` */
  readonly camel: string
  /** `stock_levels` */
  readonly snake: string
}

/** @throws CommandError `usage` when it cannot be a folder, a database, a topic and a Kubernetes name. */
export function parseServiceName(text: string): ServiceName {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) || text.length > 30)
    throw new CommandError(
      'usage',
      `A name has lower-case letters, digits and single hyphens, 30 at most: not "${text}".`,
    )
  return {
    kebab: text,
    camel: text.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    snake: text.replaceAll('-', '_'),
  }
}
