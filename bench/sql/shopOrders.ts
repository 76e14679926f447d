/** Orders whose saga has ended. */
export const countEnded = {
  name: 'bench_ended',
  text: 'select count(*)::integer as ended from saga.instance where ended_at is not null',
}

/** Orders whose saga has not. Each has a timer: counting those costs the same however many orders there were. */
export const countUnderWay = {
  name: 'bench_under_way',
  text: 'select count(*)::integer as under_way from saga.timer',
}

/** When the last change of each saga was committed, in milliseconds since 1970: `track_commit_timestamp` tells. */
export const readEnds = `
select key as order_id, status, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as at
from saga.instance where ended_at is not null`

/** Laws that would be broken: orders that are not as their sagas ended. */
export const countUnconfirmed = `
select count(*)::integer as unconfirmed from saga.instance s
where s.status <> 'completed' or not exists (select from orders o where o.id::text = s.key and o.status = 'CONFIRMED')`
