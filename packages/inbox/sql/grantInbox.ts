/**
 * Lets a role consume: keep the inbox, hold and bury events. Partitions are created and dropped by functions that run
 * as their owner.
 * @param role a quoted identifier.
 */
export const grantToApp = (role: string) => `
grant usage on schema inbox to ${role};
grant select, insert, update, delete on all tables in schema inbox to ${role};
alter default privileges in schema inbox grant select, insert, update, delete on tables to ${role}`
