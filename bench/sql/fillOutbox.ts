/**
 * A procedure that records events by transactions of 1 to 30 events: of every second one the keys come again (there
 * are 10,000 of them), of the others they are random.
 */
export const createFill = `
create procedure pg_temp.fill(total integer, topic text, bytes integer) language plpgsql as $$
declare
  sizes integer[] := '{1,2,1,5,1,3,12,1,30,8}';
  done integer := 0;
  step integer := 0;
  size integer;
begin
  while done < total loop
    step := step + 1;
    size := least(sizes[1 + step % 10], total - done);
    perform outbox.enqueue(array_agg(gen_random_uuid()), array_agg(topic), array_agg(e.key),
      array_agg(null::text), array_agg('order.placed'::text), array_agg(null::text),
      array_agg(e.draft || repeat('x', bytes - length(e.draft) - 2) || '"}'))
    from (
      select format('{"number":%s,"note":"', done + i) as draft,
        case when step % 2 = 0 then 'customer-' || floor(random() * 10000) else gen_random_uuid()::text end as key
      from generate_series(1, size) i
    ) e;
    done := done + size;
    commit;
  end loop;
end
$$`

/** Of $1 events for topic $2 with payloads of $3 bytes. */
export const callFill = 'call pg_temp.fill($1, $2, $3)'
