-- What comes in is refused beyond a thousand million units; what a cancelled order gives back may still go above it.
create table product (
  id integer primary key generated always as identity,
  -- A number names a product by its id, so that a SKU begins with a letter.
  sku text unique check (sku ~ '^[A-Za-z][A-Za-z0-9._-]{0,63}$' and sku <> 'low-stock'),
  name text not null check (length(name) between 1 and 200),
  description text not null check (length(description) <= 2000),
  -- In hundredths of the shop's currency.
  price_minor bigint not null check (price_minor between 0 and 99999999999999),
  stock_quantity integer not null check (stock_quantity >= 0),
  reserved_quantity integer not null default 0,
  min_stock_level integer not null check (min_stock_level between 0 and 1000000000),
  -- Of what describes it: counts the changes of name, description, price and minimum.
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (reserved_quantity between 0 and stock_quantity)
  -- Room in the page for the next version of a row: no index changes with the stock.
) with (fillfactor = 50);

-- What an order has had of the inventory. Kept for ever: a command that comes again is answered from here, and one that
-- comes after what undoes it finds its tombstone.
create table reservation (
  order_id uuid primary key,
  kind text not null check (kind in ('sell', 'buy')),
  state text not null check (state in ('reserved', 'committed', 'released', 'received', 'returned', 'refused')),
  -- The lines as they were asked for; null for a tombstone.
  items jsonb,
  -- The reply that refused it, and the RETURN that was refused last, with its reply.
  refusal jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- The units of each product, the lines of one product together.
create table reservation_line (
  order_id uuid not null references reservation,
  product_id integer not null references product,
  quantity integer not null check (quantity > 0),
  primary key (order_id, product_id)
);

create index reservation_line_of_product on reservation_line (product_id);

-- The stock of a product is the sum of its movements.
create table movement (
  id bigint primary key generated always as identity,
  product_id integer not null references product,
  quantity_change integer not null check (quantity_change <> 0),
  movement_type text not null check (movement_type in ('purchase', 'sale', 'return', 'adjustment', 'damage')),
  reference_id text,
  notes text,
  -- The order whose command moved it; the reference of a movement by hand may be any text.
  order_id uuid references reservation,
  stock_after integer not null check (stock_after >= 0),
  created_at timestamptz not null default now()
);

create index movement_of_product on movement (product_id, id desc);
create index movement_of_order on movement (order_id) where order_id is not null;
