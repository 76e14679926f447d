/** Retention drops events by whole days, the oldest first: of what was recorded since then there is all. Null without events. */
export const allIsThereSince = `(select date_trunc('day', min(created_at), 'UTC') from outbox.recorded)`

/** The same for an agreement. An outbox without events has forgotten all. */
export const outboxKnowsSince = `select coalesce(${allIsThereSince}, clock_timestamp()) as since`
