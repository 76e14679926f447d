import type { Role } from '@relevo/kit'
import type { Queryable } from '@relevo/outbox'
import type { SealedFields } from '../domain/events.ts'
import type { AccountStatus } from './accounts.ts'

export interface NewAccount extends SealedFields {
  readonly id: string
  readonly number: number
  readonly sealedBy: string
  readonly role: Role
  readonly status: AccountStatus
  readonly createdAt: Date
}

export async function insertAccount(client: Queryable, table: string, account: NewAccount): Promise<void> {
  const { id, number, name, email, sealedBy, role, status, createdAt } = account
  await client.query(
    `insert into ${table} (id, number, name, email, sealed_by, role, status, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, number, name, email, sealedBy, role, status, createdAt],
  )
}

export interface AccountChange {
  readonly id: string
  readonly fields?: SealedFields & { readonly sealedBy: string }
  readonly role?: Role
  readonly status?: AccountStatus
}

export async function updateAccount(client: Queryable, table: string, change: AccountChange): Promise<void> {
  const { id, fields, role, status } = change
  await client.query(
    `update ${table} set name = coalesce($2, name), email = coalesce($3, email), sealed_by = coalesce($4, sealed_by),
  role = coalesce($5, role), status = coalesce($6, status) where id = $1`,
    [id, fields?.name ?? null, fields?.email ?? null, fields?.sealedBy ?? null, role ?? null, status ?? null],
  )
}

export async function deleteAccount(client: Queryable, table: string, id: string): Promise<void> {
  await client.query(`delete from ${table} where id = $1`, [id])
}
