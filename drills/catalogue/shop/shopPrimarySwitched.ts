import { primarySwitched } from '../primarySwitched.ts'
import { onShop } from './onShop.ts'

export const shopPrimarySwitched = onShop(
  'shopPrimarySwitched',
  'Planned switchover of Postgres, under orders',
  primarySwitched,
)
