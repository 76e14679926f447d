const columns = `id, conversion_id, affiliate_id, campaign_id, currency, gross_minor, percentage, net_minor,
  calculated_at, approved_at`

/** Waits for a transaction that inserts a commission of the same conversion; returns no row when there is one. */
export const insertCommission = {
  name: 'insert_commission',
  text: `
insert into commission (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (conversion_id) do nothing
returning id`,
}

/** The rest of a commission never changes. */
export const updateCommission = {
  name: 'update_commission',
  text: 'update commission set approved_at = $2 where id = $1',
}

/** Others that would lock it wait until this transaction has ended. */
export const lockCommission = {
  name: 'lock_commission',
  text: `select ${columns} from commission where id = $1 for update`,
}

export const findByConversion = {
  name: 'find_by_conversion',
  text: `select ${columns} from commission where conversion_id = $1`,
}

export interface CommissionRow {
  id: string
  conversion_id: string
  affiliate_id: string
  campaign_id: string
  currency: string
  /** pg gives int8 and numeric as texts, which lose nothing. */
  gross_minor: string
  percentage: string
  net_minor: string
  calculated_at: Date
  approved_at: Date | null
}
