// Products are looked at and ordered, one or two at a time; one payment in ten is declined.
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { currentProfile, environment } from './environment.ts'
import { arrivalRate } from './profiles.ts'
import { ensureProduct, placeOrder, read } from './shopOrders.ts'
import {
  availabilitySlo,
  keepsRateSlo,
  postLatencySlo,
  rightAnswersSlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [keepsRateSlo, postLatencySlo(p95Ms, 'POST /orders')]),
]
const skus = Array.from({ length: 8 }, (_, n) => `LOAD-SHELF-${n}`)

export const options: Options = {
  scenarios: { shop: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  for (const sku of skus) ensureProduct(sku, 100_000_000)
}

export default function browseAndOrder(): void {
  const turn = exec.scenario.iterationInTest
  read(`${environment.inventoryUrl}/products?limit=20`, 'GET /products', ({ products }) =>
    Array.isArray(products),
  )
  const [first = '', second = ''] = [skus[turn % skus.length], skus[(turn * 3 + 1) % skus.length]]
  const items = [{ sku: first, quantity: 1 }, ...(turn % 2 ? [{ sku: second, quantity: 2 }] : [])]
  const id = placeOrder({ items, declined: turn % 10 === 0 })
  if (id !== undefined)
    read(`${environment.baseUrl}/orders/${id}`, 'GET /orders/{id}', (body) => body.id === id)
}

export const handleSummary = summaryOf(slos)
