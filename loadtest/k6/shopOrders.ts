// What the scenarios of the shop share: products to order, and orders with their lines of the ledger.
import exec from 'k6/execution'
import http, { type RefinedResponse } from 'k6/http'
import { Counter } from 'k6/metrics'
import { parseBody } from '../../proof/classifyAnswer.ts'
import { type OrderLine, orderOf } from '../../systems/requests/shop.ts'
import { classify } from './classify.ts'
import { environment, requestHeaders as headers } from './environment.ts'
import { keepLine } from './keepLine.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')
const unknownOutcomes = new Counter('relevo_unknown_outcomes')

const timeout = '15s'

/** Has a product there, once: its SKU may be of a run before. */
export function ensureProduct(sku: string, stock: number): void {
  const product = { sku, name: `Load ${sku}`, price: 9.99, stock_quantity: stock, min_stock_level: 0 }
  const { status } = http.post(`${environment.inventoryUrl}/products`, JSON.stringify(product), {
    headers,
    timeout,
    responseCallback: http.expectedStatuses(201, 409),
    tags: { name: 'POST /products' },
  })
  if (status !== 201 && status !== 409)
    throw new Error(`The inventory at ${environment.inventoryUrl} answers ${status} to a new product`)
}

export interface ShopOrder {
  readonly items: readonly OrderLine[]
  /** The sandbox provider declines its payment. */
  readonly declined?: boolean
}

/** A request of k6's batch, for an order whose customer no other has. */
export function orderRequest(order: ShopOrder, n = 0) {
  const name = `${environment.contentPrefix}${exec.vu.idInTest}-${exec.vu.iterationInInstance}-${n}`
  const request = orderOf(order.items, { declined: order.declined ?? false })
  const params = { headers, timeout, tags: { name: 'POST /orders' } }
  const body = JSON.stringify(request.body(name, {}))
  return { name, request, method: 'POST' as const, url: `${environment.baseUrl}/orders`, body, params }
}

/** Writes the outcome to the ledger; returns the order's id when it was acknowledged. */
export function recordOrder(
  { name, request }: Pick<ReturnType<typeof orderRequest>, 'name' | 'request'>,
  response: RefinedResponse<'text'>,
): string | undefined {
  const { line, wrong } = classify(request, name, response)
  keepLine(line)
  wrongAnswers.add(wrong ? 1 : 0)
  unknownOutcomes.add(line.outcome === 'unknown' ? 1 : 0)
  return line.outcome === 'ack' ? String(parseBody(String(response.body))?.id) : undefined
}

export function placeOrder(order: ShopOrder): string | undefined {
  const request = orderRequest(order)
  return recordOrder(request, http.post(request.url, request.body, request.params))
}

/** Reads what has to be there. */
export function read(
  url: string,
  name: string,
  isRight: (body: Readonly<Record<string, unknown>>) => boolean,
) {
  const response = http.get(url, { headers, timeout, tags: { name } })
  if (response.status === 0 || response.status >= 500) return
  const body = parseBody(String(response.body))
  wrongAnswers.add(response.status === 200 && body !== undefined && isRight(body) ? 0 : 1)
}

/** Cancels an order that is under way: it is done, or its compensation runs. */
export function cancelOrder(id: string): void {
  const { status } = http.del(`${environment.baseUrl}/orders/${id}`, null, {
    headers,
    timeout,
    tags: { name: 'DELETE /orders/{id}' },
  })
  if (status === 0 || status >= 500) return
  wrongAnswers.add(status === 200 || status === 202 ? 0 : 1)
}
