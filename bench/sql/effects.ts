/** What the consumers of a topic write: a row an event. */
export const effectTable = `
create table effect (
  place bigint generated always as identity primary key,
  event_id uuid not null,
  key text not null,
  sent_at timestamptz not null
)`

/** Places handed out so far, a few of which may be of transactions that are still open. */
export const readPlaces = {
  name: 'bench_places',
  text: 'select last_value::integer as counted from effect_place_seq',
}

export const countEffects =
  'select count(*)::integer as effects, count(distinct event_id)::integer as events from effect'

export const insertEffect = 'insert into effect (event_id, key, sent_at) values ($1, $2, $3)'

export const insertEffects = `
insert into effect (event_id, key, sent_at) select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])`

/** How long after it was sent the effects of what was sent from $1 on were committed, in milliseconds: `track_commit_timestamp` tells. */
export const readDelays = `
select extract(epoch from pg_xact_commit_timestamp(xmin) - sent_at)::float8 * 1000 as ms from effect where sent_at >= $1`
