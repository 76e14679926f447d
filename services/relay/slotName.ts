const mostCharacters = 63

/** What is wrong with a replication slot's name, for a list of all that is wrong. */
export function checkSlot(variable: string, slot: string | undefined): string[] {
  if (!slot || (/^[a-z0-9_]+$/.test(slot) && slot.length <= mostCharacters)) return []
  return [
    `${variable} must be 1 to ${mostCharacters} lower-case letters, digits and underscores; it is "${slot}"`,
  ]
}

/** The replication slot of a database's outbox, where none is named: names of slots are shared by all databases. */
export function defaultSlot(databaseUrl: string): string {
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
  return `relevo_${database.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, mostCharacters)
}
