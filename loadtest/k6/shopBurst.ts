// 100 orders at once, again and again; the profile says how many, as of the bursts of messages.
import http from 'k6/http'
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { profileSeconds } from './profiles.ts'
import { ensureProduct, orderRequest, recordOrder } from './shopOrders.ts'
import { availabilitySlo, rightAnswersSlo, type Slo, speedSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const ordersAtOnce = 100
const profile = currentProfile()
const burstSlo: Slo = {
  sentence: 'Of 100 orders at once, the last is answered within 5 s.',
  metric: 'http_req_duration{name:POST /orders}',
  threshold: 'max<5000',
}
const slos = [rightAnswersSlo, availabilitySlo, ...speedSlos(profile, () => [burstSlo])]
const skus = ['LOAD-BURST-0', 'LOAD-BURST-1']

export const options: Options = {
  batch: ordersAtOnce,
  batchPerHost: ordersAtOnce,
  scenarios: {
    burst: {
      executor: 'constant-arrival-rate',
      rate: profile.peak,
      timeUnit: `${ordersAtOnce}s`,
      duration: `${Math.max(10, Math.round(profileSeconds(profile)))}s`,
      preAllocatedVUs: 2,
      maxVUs: 20,
      gracefulStop: '20s',
    },
  },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  for (const sku of skus) ensureProduct(sku, 100_000_000)
}

/** The two products in opposite order. */
export default function orderBurst(): void {
  const requests = Array.from({ length: ordersAtOnce }, (_, n) => {
    const items = skus.map((sku) => ({ sku, quantity: 1 }))
    return orderRequest({ items: n % 2 ? items : items.reverse() }, n)
  })
  const responses = http.batch(
    requests.map(({ method, url, body, params }) => ({ method, url, body, params })),
  )
  for (const [n, request] of requests.entries()) {
    const response = responses[n]
    if (response) recordOrder(request, response)
  }
}

export const handleSummary = summaryOf(slos)
