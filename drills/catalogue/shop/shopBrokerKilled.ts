import { brokerKilled } from '../brokerKilled.ts'
import { onShop } from './onShop.ts'

export const shopBrokerKilled = onShop(
  'shopBrokerKilled',
  'One Kafka broker killed, under orders',
  brokerKilled,
)
