/**
 * Lets a role record events and look at their states. It can neither change a recorded event nor a cursor.
 * @param role a quoted identifier.
 */
export const grantToApp = (role: string) => `
grant usage on schema outbox to ${role};
grant select on all tables in schema outbox to ${role};
grant insert on outbox.event to ${role};
grant usage on all sequences in schema outbox to ${role};
alter default privileges in schema outbox grant select on tables to ${role}`

/**
 * Lets a role relay, and makes it the owner of the event table, whose partitions it makes, detaches and drops:
 * `detach concurrently` is not possible in a function, so no function of the schema's owner can do it instead. Of
 * the database's other tables it can change none. The role that runs this has to be a member of it.
 * @param role a quoted identifier.
 */
export const grantToRelay = (role: string) => `
grant usage, create on schema outbox to ${role};
grant select on all tables in schema outbox to ${role};
grant usage, select on all sequences in schema outbox to ${role};
grant update on outbox.setting to ${role};
grant insert, update, delete on outbox.place, outbox.relay, outbox.quarantine, outbox.quarantined_event,
  outbox.audited, outbox.streamed to ${role};
alter default privileges in schema outbox grant select on tables to ${role};
do $do$
declare
  part regclass;
begin
  -- Only those that are another's, since it locks the table.
  for part in
    select c.oid from pg_class c
    where (c.oid = 'outbox.event'::regclass
        or c.oid in (select inhrelid from pg_inherits where inhparent = 'outbox.event'::regclass))
      and c.relowner <> $role$${role}$role$::regrole
  loop
    execute format('alter table %s owner to %s', part, $role$${role}$role$);
  end loop;
end
$do$`
