-- What users have chosen in their profiles, as PROFILE_UPDATED tells; nothing personal. One that is gone stays as a tombstone.
create table preference (
  user_id uuid primary key,
  version integer not null,
  -- Null: the profile is gone.
  language text check (language in ('es', 'en')),
  order_updates boolean not null,
  account_news boolean not null
);

-- The language of its user's profile, where there is one. `skipped`: its user has switched such mails off; it is not sent.
alter table notification add column language text;
alter table notification drop constraint notification_state_check;
alter table notification add constraint notification_state_check
  check (state in ('queued', 'sending', 'unknown', 'sent', 'dead', 'skipped'));
create index notification_skipped on notification (ended_at) where state = 'skipped';
