/** A Postgres URL, or what gives the one for the next connection. */
export type DatabaseUrl = string | (() => string)

export interface DatabaseAddress {
  readonly databaseUrl: string
  readonly databasePasswordFile?: (() => string) | undefined
}

/** How to connect to the database that the variables name. */
export function toDatabaseUrl({ databaseUrl, databasePasswordFile }: DatabaseAddress): DatabaseUrl {
  if (databasePasswordFile === undefined) return databaseUrl
  return () => {
    const url = new URL(databaseUrl)
    url.password = encodeURIComponent(databasePasswordFile())
    return url.href
  }
}

/** The URL for a connection that is made now. */
export function currentUrl(databaseUrl: DatabaseUrl): string {
  return typeof databaseUrl === 'string' ? databaseUrl : databaseUrl()
}

/** Where the database is and as whom, without the password: `127.0.0.1:5432/messages as app`. */
export function describeDatabase(databaseUrl: string): string {
  const { hostname, port, pathname, username } = new URL(databaseUrl)
  const role = username && ` as ${decodeURIComponent(username)}`
  return `${hostname || 'localhost'}:${port || 5432}${decodeURIComponent(pathname)}${role}`
}
