create schema idempotency;

-- What requests with an Idempotency-Key have had as their outcome, so that a repetition gets it again. Keys and bodies are
-- known by their SHA-256 only.
create table idempotency.outcome (
  -- Of the endpoint and its key.
  key bytea primary key,
  -- Of the address and the body that the key came with.
  request bytea not null,
  -- JSON. Null within the transaction that has claimed the key and is under way: it stores the outcome, or rolls back.
  outcome text,
  expires_at timestamptz not null default clock_timestamp() + interval '24 hours'
);
create index outcome_expires_at on idempotency.outcome (expires_at);

-- Claims a key for the transaction that calls it, and then returns no row; or returns whether the key came with this
-- request before, and the outcome. While another transaction has claimed the key, it waits up to 2 s for the end of that
-- one, and then fails with 55P03.
create function idempotency.claim(claimed_key bytea, claimed_request bytea) returns table (is_same boolean, stored text)
language plpgsql volatile set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
begin
  insert into idempotency.outcome as o (key, request) values (claimed_key, claimed_request)
  on conflict (key) do update
    set request = excluded.request, outcome = null, expires_at = excluded.expires_at
    where o.expires_at <= clock_timestamp();
  if not found then
    -- The conflict has locked the row, and this statement sees what the other transaction has committed.
    return query select o.request = claimed_request, o.outcome from idempotency.outcome o where o.key = claimed_key;
  end if;
end $$;
