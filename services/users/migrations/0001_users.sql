-- The read model of accounts, written by the transaction that appends. Name and address are sealed with the user's key, bound to
-- the event `sealed_by`; the row goes when the user is erased.
create table account (
  id uuid primary key,
  -- The number of the event that made it: the order of lists.
  number bigint not null unique,
  name text not null,
  email text not null,
  sealed_by uuid not null,
  role text not null check (role in ('customer', 'operator', 'admin')),
  status text not null check (status in ('pending', 'active', 'disabled')),
  created_at timestamptz not null
);
select event_store.define_projection('accounts', 'public.account');

-- The key of each user's personal data, encrypted with the master key of that id. Erasing a user deletes it.
create table personal_key (
  user_id uuid primary key,
  master_key text not null,
  wrapped bytea not null
);

-- Whose an address is, by a keyed hash of its canonical form.
create table address (
  digest bytea primary key,
  user_id uuid not null unique
);

-- What an admin finds users by: keyed hashes of the beginnings of words of name and address.
create table search_term (
  digest bytea not null,
  user_id uuid not null,
  primary key (digest, user_id)
);
create index search_term_user on search_term (user_id);

create table credential (
  user_id uuid primary key,
  -- argon2id, as a PHC string.
  password text not null,
  changed_at timestamptz not null default now()
);

-- Refresh tokens by their SHA-256. Those of a family descend from one login; a spent one that comes again ends the family.
create table session (
  digest bytea primary key,
  family uuid not null,
  user_id uuid not null,
  spent boolean not null default false,
  expires_at timestamptz not null
);
create index session_by_family on session (family);
create index session_by_user on session (user_id);
create index session_by_expiry on session (expires_at);

-- Mails whose codes are still of use. The code is made of the id and a secret, and is stored nowhere.
create table mail (
  id uuid primary key,
  user_id uuid not null,
  purpose text not null check (purpose in ('verify', 'known', 'reset', 'email')),
  -- The address that the user is to have, sealed; bound to the id of the mail as its event.
  email text,
  expires_at timestamptz not null,
  check ((email is not null) = (purpose = 'email'))
);
create index mail_user on mail (user_id);
create index mail_expires on mail (expires_at);

-- How often was tried what is limited, by a keyed hash of who or whose it is.
create table attempt (
  subject bytea primary key,
  count integer not null,
  until timestamptz not null
);
create index attempt_until on attempt (until);

-- The key of the hashes and of the codes, encrypted with a master key.
create table secret_key (
  name text primary key,
  master_key text not null,
  wrapped bytea not null
);

-- The keys that access tokens are signed with. A new one is published before it signs, an old one for as long as its tokens live.
create table signing_key (
  kid text primary key,
  public_key text not null,
  master_key text not null,
  wrapped bytea not null,
  signs_from timestamptz not null,
  created_at timestamptz not null default now()
);
