import { primaryKilled } from '../primaryKilled.ts'
import { onShop } from './onShop.ts'

export const shopPrimaryKilled = onShop(
  'shopPrimaryKilled',
  'Postgres primary killed, under orders',
  primaryKilled,
)
