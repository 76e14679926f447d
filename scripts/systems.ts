/** A process of a system: a folder under `services/` with a `main.ts`, started with PORT, DATABASE_URL and KAFKA_BROKERS. */
export interface ServiceEntry {
  name: string
  /** Folder under `services/`. */
  folder: string
  port: number
  /** Further variables, for services that serve several systems. */
  variables?: Record<string, string>
  /** Variables that name a file, which is put into the data directory. */
  files?: Record<string, string>
}

/** What `npm start -- name` starts: services that share a database. */
export interface System {
  name: string
  database: string
  /** Folders under `services/` whose `database.ts` runs before the services start, in this order. */
  migrations: string[]
  services: ServiceEntry[]
  /** A command to try it with, for the given base URLs of the services by name. */
  tryIt(urls: Record<string, string>): string
}

/** Every system, in the order in which they get their ports. */
export const systems: readonly System[] = [
  {
    name: 'messages',
    database: 'messages',
    migrations: ['messages'],
    services: [
      { name: 'messages', folder: 'messages', port: 3000 },
      { name: 'message-processor', folder: 'message-processor', port: 3001 },
      { name: 'relay', folder: 'relay', port: 3002 },
    ],
    tryIt: (urls) =>
      `curl -sS ${urls.messages}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'`,
  },
  {
    name: 'commissions',
    database: 'commissions',
    migrations: ['commissions', 'notifications'],
    services: [
      { name: 'commissions', folder: 'commissions', port: 5001 },
      {
        name: 'notifications',
        folder: 'notifications',
        port: 5005,
        files: { EVENTS_FILE: 'data/events.jsonl' },
      },
      {
        name: 'commissions-relay',
        folder: 'relay',
        port: 5006,
        variables: { EVENT_SOURCE: '/relevo/commissions', RELAY_SOURCE: 'wal' },
      },
    ],
    tryIt: (urls) =>
      `curl -sS ${urls.commissions}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'`,
  },
]
