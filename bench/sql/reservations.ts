/** $1 products of $2 units each. */
export const fillProducts = `
with p as (
  insert into product (name, description, price_minor, stock_quantity, min_stock_level)
  select 'Product ' || n, '', 1000, $2::integer, 0 from generate_series(1, $1::integer) n returning id
)
insert into movement (product_id, quantity_change, movement_type, stock_after) select id, $2, 'adjustment', $2 from p`

export const countReservations = {
  name: 'bench_reservations',
  text: 'select count(*)::integer as counted from reservation',
}

/**
 * What went wrong: units reserved beyond the stock; orders that were refused although all their products have the units
 * to this day; deadlocks, however they were dealt with.
 */
export const auditReservations = `
select
  (select count(*) from reservation where state = 'reserved')::integer as reserved,
  coalesce((select sum(greatest(0, units - stock_quantity)) from product join (
    select product_id, sum(quantity) as units from reservation_line group by product_id) l on l.product_id = id
  ), 0)::integer as oversold,
  (select count(*) from reservation where state = 'refused' and not exists (
    select from jsonb_to_recordset(items) as i (product_id integer, quantity integer)
    join product p on p.id = i.product_id where p.stock_quantity - p.reserved_quantity < i.quantity
  ))::integer as undersold,
  (select deadlocks from pg_stat_database where datname = current_database())::integer as deadlocks`

/** What a service without this project writes for each message. */
export const oneByOne = {
  lock: 'select stock_quantity - reserved_quantity as available from product where id = $1 for update',
  decide: `
insert into reservation (order_id, kind, state, items) values ($1, 'sell', $2, $3) on conflict do nothing`,
  take: 'update product set reserved_quantity = reserved_quantity + $2, updated_at = now() where id = $1',
  line: 'insert into reservation_line (order_id, product_id, quantity) values ($1, $2, $3)',
  reply: `
insert into plain_outbox (event_id, topic, key, type, payload) values (gen_random_uuid(), 'inventory.responses', $1, $2, $3)`,
}
