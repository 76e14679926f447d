-- Lines that are to be appended to a file of events: of the files of a consumer's replicas, to that of the replica that
-- claims them. `consumer` is the name of the consumer group.
create table event_line (
  id bigint generated always as identity primary key,
  consumer text not null,
  event_id uuid not null,
  line text not null,
  -- The file that has claimed it; such a line may be in that file already. Null: in none.
  file_id uuid,
  unique (consumer, event_id)
);
create index event_line_claimed on event_line (file_id, id) where file_id is not null;
create index event_line_open on event_line (consumer, id) where file_id is null;

-- How much of each file is known to be there, in bytes: behind it are at most lines that the file has claimed.
create table event_file (
  id uuid primary key,
  size bigint not null,
  lines bigint not null default 0,
  written_at timestamptz
);
