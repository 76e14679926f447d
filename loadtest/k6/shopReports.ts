// The whole shop at once: products looked at, orders placed, paid and sometimes cancelled, and the reports read meanwhile.
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { currentProfile, environment } from './environment.ts'
import { arrivalRate } from './profiles.ts'
import { cancelOrder, ensureProduct, placeOrder, read } from './shopOrders.ts'
import {
  availabilitySlo,
  keepsRateSlo,
  postLatencySlo,
  readSlo,
  rightAnswersSlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const { analyticsUrl, baseUrl, inventoryUrl, notificationsUrl } = environment
const skus = Array.from({ length: 8 }, (_, n) => `LOAD-SHELF-${n}`)

type Body = Readonly<Record<string, unknown>>
const hasList = (field: string) => (body: Body) => Array.isArray(body[field])

const reports = [
  { name: 'GET /windows', url: `${analyticsUrl}/windows`, isRight: hasList('windows') },
  { name: 'GET /windows/current', url: `${analyticsUrl}/windows/current`, isRight: isWindow },
  { name: 'GET /summary', url: `${analyticsUrl}/summary`, isRight: converts },
  { name: 'GET /orders/stats', url: `${baseUrl}/orders/stats`, isRight: (body: Body) => 'by_status' in body },
  { name: 'GET /orders', url: `${baseUrl}/orders?limit=20`, isRight: hasList('orders') },
  {
    name: 'GET /products/low-stock',
    url: `${inventoryUrl}/products/low-stock`,
    isRight: hasList('products'),
  },
  {
    name: 'GET /notifications',
    url: `${notificationsUrl}/notifications?limit=20`,
    isRight: hasList('notifications'),
  },
]
const reads = ['GET /products', ...reports.map(({ name }) => name)]

const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [
    keepsRateSlo,
    postLatencySlo(p95Ms, 'POST /orders'),
    ...reads.map(readSlo),
  ]),
]

export const options: Options = {
  scenarios: { reports: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  for (const sku of skus) ensureProduct(sku, 100_000_000)
}

/** Of ten turns three order, one of them cancels at times; the others read a report, each in its turn. */
export default function orderOrReport(): void {
  const turn = exec.scenario.iterationInTest
  if (turn % 10 < 3) order(turn)
  else report(turn)
}

function order(turn: number): void {
  read(`${inventoryUrl}/products?limit=20`, 'GET /products', hasList('products'))
  const items = [{ sku: skus[turn % skus.length] ?? '', quantity: 1 + (turn % 2) }]
  const id = placeOrder({ items, declined: turn % 20 === 0 })
  if (id !== undefined && turn % 20 === 11) cancelOrder(id)
}

function report(turn: number): void {
  const chosen = reports[turn % reports.length]
  if (chosen) read(chosen.url, chosen.name, chosen.isRight)
}

function isWindow({ start, revision }: Body): boolean {
  return typeof start === 'string' && revision === 0
}

/** Laws of the shop: of what was ordered, no more is confirmed. */
function converts({ conversion }: Body): boolean {
  const { numerator, denominator, rate } = (conversion ?? {}) as Record<string, number | null>
  return (rate === null || (rate ?? 101) <= 100) && (numerator ?? 1) <= (denominator ?? 0)
}

export const handleSummary = summaryOf(slos)
