import type { DatabaseSchema } from '../../database/defineDatabase.ts'

/** What the database of a service holds that answers POSTs: the outcomes of requests with an Idempotency-Key. */
export const idempotencySchema: DatabaseSchema = {
  migrations: { name: 'idempotency', directory: new URL('./migrations/', import.meta.url) },
  grants: { app: [grantToApp], relay: [] },
}

function grantToApp(role: string): string {
  return `
grant usage on schema idempotency to ${role};
grant select, insert, update, delete on idempotency.outcome to ${role}`
}
