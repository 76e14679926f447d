/** How many events Kafka has acknowledged, as far as the cursors tell. */
export const readAcknowledged = {
  name: 'bench_acknowledged',
  text: 'select coalesce(sum(acknowledged), 0)::bigint::text as acknowledged from outbox.cursor',
}
/** How many shards a relay holds. */
export const readHeldShards = {
  name: 'bench_held',
  text: 'select count(owner)::integer as held, count(*)::integer as shards from outbox.cursor',
}

/** Transactions of this database so far. */
export const readTransactions = {
  name: 'bench_transactions',
  text: `select xact_commit + xact_rollback as transactions from pg_stat_database where datname = current_database()`,
}
