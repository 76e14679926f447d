// Orders are cancelled while their saga is under way, every other one at once.

import { sleep } from 'k6'
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { arrivalRate } from './profiles.ts'
import { cancelOrder, ensureProduct, placeOrder } from './shopOrders.ts'
import { availabilitySlo, postLatencySlo, rightAnswersSlo, speedSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [postLatencySlo(p95Ms, 'POST /orders')]),
]
const sku = 'LOAD-CANCEL'

export const options: Options = {
  scenarios: { cancel: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  ensureProduct(sku, 100_000_000)
}

export default function orderAndCancel(): void {
  const id = placeOrder({ items: [{ sku, quantity: 1 }] })
  if (id === undefined) return
  // Up to half a second later: at any step of the saga, and behind it.
  if (exec.scenario.iterationInTest % 2) sleep(Math.random() / 2)
  cancelOrder(id)
}

export const handleSummary = summaryOf(slos)
