/**
 * Lets a role run sagas. Functions that run as the owner create and drop partitions; only the owner may drop.
 * @param role a quoted identifier.
 */
export const grantToApp = (role: string) => `
grant usage on schema saga to ${role};
grant select, insert, update, delete on all tables in schema saga to ${role};
alter default privileges in schema saga grant select, insert, update, delete on tables to ${role};
revoke execute on function saga.drop_months(date) from public`
