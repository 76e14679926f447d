import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import { type SQL, sql } from 'drizzle-orm/sql'
import knex from 'knex'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { QueryTypes, Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import type { Queryable } from './event.ts'

/** A database by way of one library. */
export interface TestDriver {
  /** Runs the work in a transaction, with what `enqueue` takes; the transaction is rolled back when it throws. */
  transaction(work: (client: Queryable) => Promise<void>): Promise<void>
  close(): Promise<unknown>
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
        await client.begin((tx) =>
          work({ query: async (text, values) => ({ rows: await tx.unsafe(text, values) }) }),
        )
      },
      close: () => client.end(),
    }
  },

  'Drizzle on pg': async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const db = drizzlePg(pool)
    return {
      transaction: (work) =>
        db.transaction((tx) => work({ query: (text, values) => tx.execute(toDrizzle(text, values)) })),
      close: () => pool.end(),
    }
  },

  'Drizzle on postgres.js': async (url) => {
    const client = postgres(url, { max: 1 })
    const db = drizzlePostgresJs(client)
    return {
      transaction: (work) =>
        db.transaction((tx) =>
          work({ query: async (text, values) => ({ rows: await tx.execute(toDrizzle(text, values)) }) }),
        ),
      close: () => client.end(),
    }
  },

  Kysely: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return {
      transaction: (work) =>
        db.transaction().execute((tx) =>
          work({
            query: async (text, values) => ({
              rows: (await tx.executeQuery(CompiledQuery.raw(text, values))).rows,
            }),
          }),
        ),
      close: () => db.destroy(),
    }
  },

  TypeORM: async (url) => {
    const source = await new DataSource({ type: 'postgres', url, poolSize: 1 }).initialize()
    return {
      transaction: (work) =>
        source.transaction((manager) =>
          work({ query: async (text, values) => ({ rows: await manager.query(text, values) }) }),
        ),
      close: () => source.destroy(),
    }
  },

  Knex: async (url) => {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } })
    return {
      transaction: (work) =>
        db.transaction((tx) =>
          work({ query: async (text, values = []) => await tx.raw(text.replace(/\$\d+/g, '?'), values) }),
        ),
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

/** A statement with $1, $2 … as Drizzle takes it. */
function toDrizzle(text: string, values: readonly unknown[] = []): SQL {
  const parts = text.split(/\$(\d+)/)
  return sql.join(
    parts.map((part, i) => (i % 2 === 0 ? sql.raw(part) : sql`${sql.param(values[Number(part) - 1])}`)),
  )
}
