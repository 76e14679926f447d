import { draftEvent, type EventContract } from '@relevo/contracts'
import { createProduct } from './requests/shop.ts'
import { inventoryCommands } from './shop/inventoryCommands.ts'
import { inventoryOwnEvents, orderProcessed, productCreated } from './shop/inventoryEvents.ts'
import { inventoryReplies } from './shop/inventoryReplies.ts'
import { inventoryLaws } from './shop/laws.ts'
import { inventoryEvents, inventoryResponses, orderProcessedTopic } from './shop/topics.ts'
import type { System } from './system.ts'

/** Products and their stock, of which orders reserve, commit and release. */
export const shopSystem: System = {
  name: 'shop',
  databases: [{ name: 'inventory', folder: 'inventory' }],
  services: [{ name: 'inventory', port: 5001, database: 'inventory', status: '/stats', route: '/inventory' }],
  relays: [{ name: 'relay-shop', port: 3004, outboxes: ['inventory'], source: 'table' }],
  topics: [inventoryResponses, inventoryEvents, orderProcessedTopic],
  events: [...inventoryReplies, ...inventoryOwnEvents, orderProcessed] as EventContract[],
  incoming: [...inventoryCommands] as EventContract[],
  flows: [],
  laws: inventoryLaws,
  entry: {
    service: 'inventory',
    topic: inventoryEvents,
    content: `payload ->> 'name'`,
    requests: [createProduct],
    draft: draftProduct,
    arrivals: [],
  },
  tryIt: [
    `curl -sS {inventory}/products -H 'content-type: application/json' -d '{"name":"Producto Test","description":"Descripción del producto","price":99.99,"stock_quantity":50,"min_stock_level":10}'`,
    `curl -sS {inventory}/products/1/stock -H 'content-type: application/json' -d '{"quantity_change":-5,"movement_type":"sale","reference_id":"ORDER-123","notes":"Venta de producto"}'`,
  ],
}

function draftProduct(name: string) {
  const stock = { stock_quantity: 0, reserved_quantity: 0, available_quantity: 0, min_stock_level: 0 }
  const price = { amount: '9.99', currency: 'USD' }
  const about = { product_id: 1, sku: null, name, description: '', price, version: 1 }
  return draftEvent(productCreated, { ...about, ...stock })
}
