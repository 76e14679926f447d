-- The newest canary of each shard of each outbox that took effect here. Times are the outbox's, and this database's.
create table canary (
  outbox text not null,
  shard integer not null,
  recorded_at timestamptz not null,
  effect_at timestamptz not null,
  primary key (outbox, shard)
);
