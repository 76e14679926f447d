/**
 * Lets a role append and read, run subscriptions and rebuild projections. It can neither insert events directly nor change
 * one.
 * @param role a quoted identifier.
 */
export const grantToApp = (role: string) => `
grant usage on schema event_store to ${role};
grant select on all tables in schema event_store to ${role};
grant select on sequence event_store.event_seq to ${role};
grant insert, update, delete on event_store.snapshot, event_store.stored_checkpoint, event_store.blocked_stream to ${role};
grant execute on function event_store.append(text, bigint, uuid[], text[], text[], text[], uuid),
  event_store.append_one(text, bigint, uuid, text, text, text, uuid),
  event_store.begin_rebuild(text, integer), event_store.lock_projection(text),
  event_store.switch_projection(text, boolean) to ${role};
alter default privileges in schema event_store grant select on tables to ${role}`
