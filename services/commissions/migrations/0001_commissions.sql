create table commission (
  id uuid primary key,
  -- Of each conversion there is one commission.
  conversion_id text not null unique,
  affiliate_id text not null,
  campaign_id text not null,
  -- ISO 4217; amounts are in its minor units.
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  gross_minor bigint not null check (gross_minor > 0),
  percentage numeric(7, 4) not null check (percentage > 0 and percentage <= 100),
  net_minor bigint not null check (net_minor between 0 and gross_minor),
  calculated_at timestamptz not null,
  approved_at timestamptz,
  status text not null generated always as (case when approved_at is null then 'CALCULATED' else 'APPROVED' end) stored
);
