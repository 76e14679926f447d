/**
 * Lets a role record events, only through the functions, and read their states. It can neither insert rows directly nor
 * change a recorded event or a cursor.
 * @param role a quoted identifier.
 */
export const grantToApp = (role: string) => `
grant usage on schema outbox to ${role};
grant select on all tables in schema outbox to ${role};
grant execute on function
  outbox.enqueue(uuid[], text[], text[], text[], text[], text[], text[]),
  outbox.enqueue_one(uuid, text, text, text, text, json, json) to ${role};
alter default privileges in schema outbox grant select on tables to ${role}`

/**
 * Lets a role relay. It owns nothing, so it cannot attach a trigger, rule or default that others would run, and it can
 * record only canaries: these, and the partitions, are created by functions that run as the schema's owner.
 * @param role a quoted identifier.
 */
export const grantToRelay = (role: string) => `
grant usage on schema outbox to ${role};
grant select on all tables in schema outbox to ${role};
grant select on all sequences in schema outbox to ${role};
grant update (kafka_cluster_id) on outbox.setting to ${role};
grant insert, update, delete on outbox.stored_cursor, outbox.relay, outbox.quarantine, outbox.quarantined_event,
  outbox.audited, outbox.streamed, outbox.republish, outbox.republish_shard to ${role};
grant execute on function outbox.ensure_partitions(integer), outbox.detach_partition(text), outbox.drop_detached(text),
  outbox.retention_time(), outbox.trim_default(timestamptz, integer), outbox.rebase(),
  outbox.record_canaries(smallint[], text) to ${role};
alter default privileges in schema outbox grant select on tables to ${role}`
