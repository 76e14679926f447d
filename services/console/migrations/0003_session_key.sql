-- Seals session cookies when there is no operator token, so that every replica can read them. The first replica that needs it
-- creates it.
create table session_key (
  singleton boolean primary key default true check (singleton),
  key bytea not null check (octet_length(key) = 32)
);
