import { brokersDown } from '../brokersDown.ts'
import { onShop } from './onShop.ts'

export const shopBrokersDown = onShop(
  'shopBrokersDown',
  'All Kafka brokers down for 60 s, under orders',
  brokersDown,
)
