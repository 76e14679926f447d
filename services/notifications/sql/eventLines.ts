/** Line $3 of event $2 for consumer $1; an event has one. */
export const insertLine = {
  name: 'insert_event_line',
  text: 'insert into event_line (consumer, event_id, line) values ($1, $2, $3) on conflict (consumer, event_id) do nothing',
}

/**
 * Whether this session may write file $1; the lock ends with the session. Postgres looks after the connection every ten
 * seconds: by its defaults the session of a machine that is gone would keep the lock for two hours.
 */
export const lockFile = `
select pg_try_advisory_lock(hashtextextended('relevo event file ' || $1, 0)) as locked,
  set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '30000', false)`

/** The known size of file $1; that of one which is not known yet is $2. */
export const registerFile = `
with added as (insert into event_file (id, size) values ($1, $2) on conflict do nothing)
select coalesce((select size from event_file where id = $1), $2)::bigint as size`

/** The lines that file $1 has claimed and that are not known to be in it, in their order. */
export const readClaimed = 'select id, line from event_line where file_id = $1 order by id'

/** Claims at most $3 lines of consumer $2 for file $1 and returns them, in any order; other files claim other lines. */
export const claimLines = `
update event_line set file_id = $1
where id in (
  select id from event_line where consumer = $2 and file_id is null order by id limit $3 for update skip locked
)
returning id, line`

/** The lines $2 are in file $1, which has size $3. */
export const confirmLines = `
with written as (delete from event_line where file_id = $1 and id = any($2::bigint[]) returning id)
update event_file set size = $3, lines = lines + (select count(*) from written), written_at = clock_timestamp()
where id = $1`

/** A size that is not what was known of file $1, which somebody has changed. */
export const resetSize = 'update event_file set size = $2 where id = $1'

export interface LineRow {
  id: string
  line: string
}
