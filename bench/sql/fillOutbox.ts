import type { CarriedRecording } from '../load/loadContract.ts'

/** The ids are those of eventIdOf. */
const drafts = `
      select d.id, d.key, d.draft || repeat('x', bytes - length(d.draft) - 2) || '"}' as payload
      from (
        select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id,
          format('{"number":%s,"note":"', n) as draft,
          case when step % 2 = 0 then 'customer-' || floor(random() * 10000) else md5(n::text)::uuid::text end as key
        from generate_series(first + done, first + done + size - 1) n
      ) d`

/** Records the events of one transaction. */
const record: Record<CarriedRecording, string> = {
  outbox: `
    perform outbox.enqueue(array_agg(e.id), array_agg(topic), array_agg(e.key), array_agg(null::text),
      array_agg('order.placed'::text), array_agg(null::text), array_agg(e.payload)) from (${drafts}) e`,
  debezium: `
    insert into outboxevent (id, aggregatetype, aggregateid, type, payload)
    select e.id, topic, e.key, 'order.placed', e.payload::json from (${drafts}) e`,
  'pg-transactional-outbox': `
    insert into public.outbox (id, aggregate_type, aggregate_id, message_type, segment, payload)
    select e.id, topic, e.key, 'order.placed', e.key, e.payload::jsonb from (${drafts}) e`,
}

/**
 * A procedure that records events, numbered from `first`, by transactions of 1 to 30 events: of every second one the
 * keys come again (there are 10,000 of them), of the others there is but one event of a key.
 * @param whole all of them by one transaction instead, in the same steps.
 */
export function createFill(recording: CarriedRecording, whole = false): string {
  return `
create procedure pg_temp.fill(first integer, total integer, topic text, bytes integer) language plpgsql as $$
declare
  sizes integer[] := '{1,2,1,5,1,3,12,1,30,8}';
  done integer := 0;
  step integer := 0;
  size integer;
begin
  while done < total loop
    step := step + 1;
    size := least(sizes[1 + step % 10], total - done);
    ${record[recording]};
    done := done + size;
    ${whole ? '' : 'commit;'}
  end loop;
end
$$`
}

/** Makes the random numbers of a connection the same each time; $1 is from 0 to 1. */
export const seed = 'select setseed($1)'

/** Of events $1 and $2 - 1 more for topic $3 with payloads of $4 bytes. */
export const callFill = 'call pg_temp.fill($1, $2, $3, $4)'
