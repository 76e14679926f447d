const mostCharacters = 63

/** What is wrong with the replication slot's name, for a list of all that is wrong. */
export function checkSlot({ RELAY_SLOT: slot }: Readonly<Record<string, string | undefined>>): string[] {
  if (!slot || (/^[a-z0-9_]+$/.test(slot) && slot.length <= mostCharacters)) return []
  return [
    `RELAY_SLOT must be 1 to ${mostCharacters} lower-case letters, digits and underscores; it is "${slot}"`,
  ]
}

/** The replication slot of a database's outbox, where none is named: names of slots are shared by all databases. */
export function defaultSlot(databaseUrl: string): string {
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
  return `relevo_${database.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, mostCharacters)
}
