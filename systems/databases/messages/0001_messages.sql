-- The largest content that MESSAGE_MAX_BYTES allows, with all of its characters escaped; topics take 2 MiB.
select outbox.set_max_event_bytes(2090000);

-- What the seed's queries look at: the events as they are recorded and sent, and the messages as consumed.
create view eventos as
select id, payload ->> 'content' as content, state as procesado, attempts as intentos, error as error_message,
  created_at
from outbox.event_status;

create table messages (
  id bigint generated always as identity primary key,
  content text not null,
  -- The number of its event in the outbox, as the API has told it to the client. Any producer can claim a number, so
  -- that it must not keep another event out.
  evento_id bigint not null,
  -- The event's own id, which stays the same wherever the event goes.
  event_id uuid not null unique,
  created_at timestamptz not null default clock_timestamp()
);
