-- What an order has had of the payments. Kept for ever: a command that comes again is answered from here, and a CHARGE that
-- comes after its REFUND finds the tombstone.
create table payment (
  id bigint primary key generated always as identity,
  order_id uuid not null unique,
  -- What was asked for, in hundredths; null for a tombstone whose CHARGE has not come.
  amount_minor bigint check (amount_minor between 0 and 99999999999999),
  currency text check (currency ~ '^[A-Z]{3}$'),
  customer_id text,
  customer_email text,
  state text not null
    check (state in ('requested', 'cancelling', 'charged', 'declined', 'cancelled', 'refunding', 'refunded')),
  decline_reason text,
  -- What the provider calls the charge.
  provider_reference text,
  -- The commands that are answered when the provider's call is settled.
  waiting jsonb not null default '[]',
  -- When the worker may take it: while it is leased, when the lease ends. Null: there is nothing to do.
  due_at timestamptz,
  -- Since when its call has been due.
  pending_since timestamptz,
  -- Fences the lease: who settles must still have it.
  lease uuid,
  -- Calls that were begun: above 0, the provider may know of it.
  attempts integer not null default 0,
  last_error text,
  -- The log has told that it takes too long.
  reported boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((amount_minor is null) = (currency is null)),
  check (amount_minor is not null or state = 'cancelled'),
  check ((due_at is not null) = (state in ('requested', 'cancelling', 'refunding'))),
  check ((due_at is null) = (pending_since is null))
) with (fillfactor = 70);

create index payment_due on payment (due_at) where due_at is not null;
create index payment_pending on payment (pending_since) where pending_since is not null;

-- The book of the sandbox provider, which a real one keeps at its own place. Nothing of the service reads it but the sandbox
-- and the laws.
create table sandbox_entry (
  kind text not null check (kind in ('charge', 'refund')),
  -- The idempotency key.
  key uuid not null,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  -- Why it was declined; null: it was done.
  decline_reason text,
  calls integer not null default 1,
  created_at timestamptz not null default now(),
  primary key (kind, key)
);
