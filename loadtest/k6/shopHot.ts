// Everybody orders one product, with stock for half of them: the laws detect an oversell.
import type { Options } from 'k6/options'
import { currentProfile, environment } from './environment.ts'
import { arrivalRate, profileSeconds } from './profiles.ts'
import { ensureProduct, placeOrder } from './shopOrders.ts'
import { availabilitySlo, postLatencySlo, rightAnswersSlo, speedSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [postLatencySlo(p95Ms, 'POST /orders')]),
]
const sku = `HOT-${environment.contentPrefix}`.slice(0, 60)

export const options: Options = {
  scenarios: { hot: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  ensureProduct(sku, Math.ceil((profile.peak * profileSeconds(profile)) / 2))
}

export default function orderHotProduct(): void {
  placeOrder({ items: [{ sku, quantity: 1 }] })
}

export const handleSummary = summaryOf(slos)
