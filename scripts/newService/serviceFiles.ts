import type { ServiceName } from './serviceName.ts'

/** The files of a new service by their paths: its folder, and its system. It records events and consumes them itself. */
export function serviceFiles(name: ServiceName, port: number): Record<string, string> {
  const folder = `services/${name.kebab}`
  return {
    [`${folder}/package.json`]: packageJson(name),
    [`${folder}/README.md`]: readme(name),
    [`${folder}/main.ts`]: main(name),
    [`${folder}/config.ts`]: config(name, port),
    [`${folder}/database.ts`]: database(name),
    [`${folder}/api.ts`]: api(name),
    [`${folder}/routes.ts`]: routes(name),
    [`${folder}/events.ts`]: events(name),
    [`${folder}/sql/insertEntry.ts`]: insertEntry(name),
    [`${folder}/sql/listEntries.ts`]: listEntries(name),
    [`${folder}/migrations/0001_${name.snake}.sql`]: migration(name),
    [`systems/${name.kebab}.ts`]: system(name, port),
  }
}

function packageJson({ kebab }: ServiceName): string {
  const own = ['contracts', 'inbox', 'kit', 'outbox'].map((each) => [`@relevo/${each}`, '0.1.0'])
  const content = {
    name: `@relevo/${kebab}-service`,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { start: 'node main.ts', migrate: 'node database.ts' },
    dependencies: { ...Object.fromEntries(own), pg: '^8.23.1', zod: '^4.6.7' },
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

function readme({ kebab }: ServiceName): string {
  return `# ${kebab}

\`POST /${kebab}\` records an event, once for each Idempotency-Key; the relay carries it to Kafka, and the service takes it back from there
into its table, which \`GET /${kebab}\` lists. Replace what it records and what it does with it by your own matter.

    npm start -- ${kebab}
`
}

function main({ kebab }: ServiceName): string {
  return `import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { handlers } from './events.ts'
import { createHandlers } from './routes.ts'

export const service = defineService({
  name: '${kebab}',
  config,
  database,
  api,
  start: (context) => ({
    ...createHandlers(context.pool),
    ...consumerHandlers('en', startConsumer(context, handlers)),
  }),
})

if (import.meta.main) await runService(service, process.env)
`
}

function config({ kebab, camel }: ServiceName, port: number): string {
  return `import { checkKafka, databaseVariables, defineConfig, httpVariables, processVariables } from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { ${camel}Topic } from '../../systems/${kebab}.ts'
import { handlers } from './events.ts'

/** The variables of the environment. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(${port}),
    ...databaseVariables,
    ...consumerVariables({
      clientId: '${kebab}',
      topic: ${camel}Topic.name,
      group: '${kebab}-group',
      types: Object.keys(handlers),
    }),
  },
  checkKafka,
)
`
}

function database({ kebab, camel }: ServiceName): string {
  return `import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, idempotencySchema, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { ${camel}Topic } from '../../systems/${kebab}.ts'

/** What it records, and what it has taken. */
export const database = defineDatabase({
  name: '${kebab}',
  uses: [outboxSchema, inboxSchema, idempotencySchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [${camel}Topic, ${camel}Topic.deadLetters],
})

if (import.meta.main) await runMigration(database, process.env)
`
}

function api({ kebab }: ServiceName): string {
  return `import { defineApi, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'

const text = z.string().min(1).max(1_000)
const entry = z.object({ id: z.int().positive(), text })

/** The endpoints of ${kebab}. */
export const api = defineApi({
  title: 'Relevo ${kebab}',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    create: {
      method: 'post',
      path: '/${kebab}',
      summary: 'Records an entry',
      body: z.object({ text }),
      responses: { 201: { description: 'The number of its event', schema: z.object({ event: z.int().positive() }) } },
    },
    list: {
      method: 'get',
      path: '/${kebab}',
      summary: 'The newest 100 entries that have come back from Kafka',
      responses: { 200: { description: 'The entries', schema: z.object({ entries: z.array(entry) }) } },
    },
    ...consumerEndpoints('en'),
  },
})

export type Endpoints = typeof api.endpoints
`
}

function routes({ camel }: ServiceName): string {
  return `import { draftEvent } from '@relevo/contracts'
import type { Handlers } from '@relevo/kit'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { ${camel}Recorded } from './events.ts'
import { listEntries } from './sql/listEntries.ts'

const newest = 100

export function createHandlers(pool: pg.Pool): Pick<Handlers<Endpoints>, 'create' | 'list'> {
  return {
    // All of it by client, whose transaction commits when this returns: changes of your own tables as well.
    create: async ({ body }, client) => {
      const [event] = await enqueue(client, [draftEvent(${camel}Recorded, { text: body.text })])
      return { status: 201, body: { event: event?.id } }
    },
    list: async () => ({ body: { entries: await listEntries(pool, newest) } }),
  }
}
`
}

function events({ kebab, camel }: ServiceName): string {
  return `import { type InboxHandlers, inboxHandler } from '@relevo/inbox'
import { ${camel}Recorded } from '../../systems/${kebab}.ts'
import { insertEntry } from './sql/insertEntry.ts'

export { ${camel}Recorded }

/** What is done with each type of event, once in effect. */
export const handlers: InboxHandlers = {
  [${camel}Recorded.type]: inboxHandler(${camel}Recorded.payload, async ({ id, data }, tx) => {
    await insertEntry(tx, id, data.text)
  }),
}
`
}

function insertEntry({ snake }: ServiceName): string {
  return `import type { InboxTransaction } from '@relevo/inbox'

const insertSql = 'insert into ${snake} (event_id, text) values ($1, $2) on conflict (event_id) do nothing'

/** Stores the entry of an event. */
export async function insertEntry(tx: InboxTransaction, eventId: string, text: string): Promise<void> {
  await tx.query({ name: 'insert_entry', text: insertSql, values: [eventId, text] })
}
`
}

function listEntries({ snake }: ServiceName): string {
  return `import type pg from 'pg'

const listSql = 'select id::integer, text from ${snake} order by id desc limit $1'

export interface Entry {
  readonly id: number
  readonly text: string
}

/** The newest entries first. */
export async function listEntries(pool: pg.Pool, limit: number): Promise<Entry[]> {
  const { rows } = await pool.query<Entry>(listSql, [limit])
  return rows
}
`
}

function migration({ snake }: ServiceName): string {
  return `create table ${snake} (
  id bigint generated always as identity primary key,
  event_id uuid not null unique,
  text text not null,
  created_at timestamptz not null default now()
);
`
}

function system({ kebab, camel, snake }: ServiceName, port: number): string {
  return `import { defineEvent, defineTopic, draftEvent, type EventContract } from '@relevo/contracts'
import { z } from 'zod'
import type { System } from './system.ts'

export const ${camel}Topic = defineTopic({
  name: '${kebab}',
  summary: 'What ${kebab} records',
  partitions: 6,
  retentionMs: 7 * 86_400_000,
  maxMessageBytes: 64 * 1024,
})

/** An entry was recorded. */
export const ${camel}Recorded = defineEvent({
  type: '${kebab}.recorded',
  version: 1,
  summary: 'An entry of ${kebab} was recorded',
  topic: ${camel}Topic,
  payload: z.object({ text: z.string() }),
  // Events of one key keep their order: name what yours are about.
  key: null,
  partitionBy: 'key',
  producer: '${kebab}',
  consumers: ['${kebab}'],
})

export const ${camel}System: System = {
  name: '${kebab}',
  databases: [{ name: '${kebab}', folder: '${kebab}' }],
  services: [{ name: '${kebab}', port: ${port}, database: '${kebab}', status: '/stats', route: '/${kebab}' }],
  relays: [{ name: 'relay-${kebab}', port: ${port + 1}, outboxes: ['${kebab}'], source: 'table' }],
  topics: [${camel}Topic],
  events: [${camel}Recorded as EventContract],
  flows: [
    {
      topic: ${camel}Topic,
      group: '${kebab}-group',
      consumer: '${kebab}',
      effects: {
        count: 'select count(*)::int as effects from ${snake}',
        times: \`
select event_id::text, (extract(epoch from created_at) * 1000)::float8 as effect_at
from ${snake} where created_at >= to_timestamp($1::float8 / 1000)\`,
        list: 'select event_id::text as event from ${snake} order by id',
      },
    },
  ],
  entry: {
    service: '${kebab}',
    topic: ${camel}Topic,
    content: \`payload ->> 'text'\`,
    requests: [
      {
        path: '/${kebab}',
        accepted: [201],
        body: (text) => ({ text }),
        event: (text) => text,
        receipt: ({ event: id }) => (Number.isSafeInteger(id) ? { id: id as number } : undefined),
      },
    ],
    draft: (text) => draftEvent(${camel}Recorded, { text }),
    arrivals: [
      {
        at: '${kebab}',
        path: () => '/${kebab}',
        shows: (body, text) => JSON.stringify(body).includes(text),
      },
    ],
  },
  tryIt: [\`curl -sS {${kebab}}/${kebab} -H 'content-type: application/json' -d '{"text":"Hola"}'\`],
}
`
}
