/**
 * The variable of one part of several: `INVENTORY_DATABASE_URL` for the name `inventory` and `DATABASE_URL`. Names that differ
 * only by `-` and `_` share their variables.
 */
export function namedVariable(name: string, variable: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_${variable}`
}
