import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient } from '@prisma/client/runtime/client'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { QueryTypes, Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import * as drizzle from './adapters/drizzle.ts'
import * as ofKnex from './adapters/knex.ts'
import * as kysely from './adapters/kysely.ts'
import * as postgresJs from './adapters/postgres.ts'
import * as prisma from './adapters/prisma.ts'
import * as typeOrm from './adapters/typeorm.ts'
import type { Queryable } from './event.ts'

type Work = (client: Queryable) => Promise<void>

/** A database by way of one library. */
export interface TestDriver {
  /** Runs the work in a transaction, with what `enqueue` takes; the transaction is rolled back when it throws. */
  transaction(work: Work): Promise<void>
  /** Runs the work in a transaction, but behind a savepoint that is gone back to. */
  undone?(work: Work): Promise<void>
  /** What somebody passes who means the transaction and has the connection. Its adapter refuses it. */
  outside?(): Queryable
  close(): Promise<unknown>
}

const undo = new Error('back to the savepoint')

/** Runs a transaction within another one, which the libraries make a savepoint of, and undoes it. */
async function undoing(nested: (fail: (work: Promise<void>) => Promise<never>) => Promise<unknown>) {
  const fail = async (work: Promise<void>): Promise<never> => {
    await work
    throw undo
  }
  await nested(fail).catch((error) => {
    if (error !== undo) throw error
  })
}

/** For tests: the libraries that people use Postgres with, and how each hands its transaction to `enqueue`. */
export const testDrivers: Readonly<Record<string, (url: string) => Promise<TestDriver>>> = {
  pg: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    return {
      transaction: async (work) => {
        const client = await pool.connect()
        try {
          await client.query('begin')
          await work(client)
          await client.query('commit')
        } catch (error) {
          await client.query('rollback')
          throw error
        } finally {
          client.release()
        }
      },
      close: () => pool.end(),
    }
  },

  'postgres.js': async (url) => {
    const client = postgres(url, { max: 1 })
    return {
      transaction: async (work) => {
        await client.begin((tx) => work(postgresJs.toQueryable(tx)))
      },
      undone: async (work) => {
        await client.begin((tx) =>
          undoing((fail) => tx.savepoint((inner) => fail(work(postgresJs.toQueryable(inner))))),
        )
      },
      outside: () => postgresJs.toQueryable(client as unknown as postgresJs.PostgresTransaction),
      close: () => client.end(),
    }
  },

  'Drizzle on pg': async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const db = drizzlePg(pool)
    return {
      transaction: (work) => db.transaction((tx) => work(drizzle.toQueryable(tx))),
      undone: (work) =>
        db.transaction((tx) =>
          undoing((fail) => tx.transaction((inner) => fail(work(drizzle.toQueryable(inner))))),
        ),
      outside: () => drizzle.toQueryable(db as unknown as drizzle.DrizzleTransaction),
      close: () => pool.end(),
    }
  },

  'Drizzle on postgres.js': async (url) => {
    const client = postgres(url, { max: 1 })
    const db = drizzlePostgresJs(client)
    return {
      transaction: (work) => db.transaction((tx) => work(drizzle.toQueryable(tx))),
      undone: (work) =>
        db.transaction((tx) =>
          undoing((fail) => tx.transaction((inner) => fail(work(drizzle.toQueryable(inner))))),
        ),
      outside: () => drizzle.toQueryable(db as unknown as drizzle.DrizzleTransaction),
      close: () => client.end(),
    }
  },

  Kysely: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new CamelCasePlugin()],
    })
    return {
      transaction: (work) => db.transaction().execute((trx) => work(kysely.toQueryable(trx))),
      undone: async (work) => {
        const trx = await db.startTransaction().execute()
        const saved = await trx.savepoint('before').execute()
        await work(kysely.toQueryable(saved))
        await saved.rollbackToSavepoint('before').execute()
        await trx.commit().execute()
      },
      outside: () => kysely.toQueryable(db as unknown as Parameters<typeof kysely.toQueryable>[0]),
      close: () => db.destroy(),
    }
  },

  Prisma: async (url) => {
    const db = prismaClient(url)
    return {
      transaction: (work) => db.$transaction((tx) => work(prisma.toQueryable(tx))),
      outside: () => prisma.toQueryable(db),
      close: () => db.$disconnect(),
    }
  },

  TypeORM: async (url) => {
    const source = await new DataSource({ type: 'postgres', url, poolSize: 1 }).initialize()
    return {
      transaction: (work) => source.transaction((manager) => work(typeOrm.toQueryable(manager))),
      undone: (work) =>
        source.transaction((manager) =>
          undoing((fail) => manager.transaction((inner) => fail(work(typeOrm.toQueryable(inner))))),
        ),
      outside: () => typeOrm.toQueryable(source.manager),
      close: () => source.destroy(),
    }
  },

  Knex: async (url) => {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } })
    return {
      transaction: (work) => db.transaction((trx) => work(ofKnex.toQueryable(trx))),
      undone: (work) =>
        db.transaction((trx) =>
          undoing((fail) => trx.transaction((inner) => fail(work(ofKnex.toQueryable(inner))))),
        ),
      outside: () => ofKnex.toQueryable(db as unknown as ofKnex.KnexTransaction),
      close: () => db.destroy(),
    }
  },

  Sequelize: async (url) => {
    const db = new Sequelize(url, { logging: false, pool: { max: 1 } })
    return {
      transaction: (work) =>
        db.transaction((transaction) =>
          work({
            query: async (text, values) => ({
              rows: await db.query(text, { bind: values ?? [], transaction, type: QueryTypes.SELECT }),
            }),
          }),
        ),
      close: () => db.close(),
    }
  },
}

// The types of Node.js do not name it as a value.
const { compile: compileWasm } = (
  globalThis as unknown as { WebAssembly: { compile(bytes: Buffer): unknown } }
).WebAssembly

interface PrismaClient extends prisma.PrismaTransaction {
  $transaction<T>(work: (tx: prisma.PrismaTransaction) => Promise<T>): Promise<T>
  $disconnect(): Promise<void>
}

/** Prisma's client of a schema without models, as `prisma generate` writes it: the command itself is 300 MB to install. */
function prismaClient(url: string): PrismaClient {
  const runtime = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'
  const Client = getPrismaClient({
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: '',
    activeProvider: 'postgresql',
    inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    parameterizationSchema: { strings: [], graph: 'AAAA' },
    compilerWasm: {
      getRuntime: () => import(`${runtime}.mjs`),
      getQueryCompilerWasmModule: async () => {
        const { wasm } = await import(`${runtime}.wasm-base64.mjs`)
        return compileWasm(Buffer.from(wasm, 'base64'))
      },
      importName: './query_compiler_fast_bg.js',
    },
  })
  return new Client({ adapter: new PrismaPg({ connectionString: url, max: 1 }) }) as unknown as PrismaClient
}
