import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { orders, placeOrders } from './orders.ts'

export const tracing: Scenario = {
  name: 'tracing',
  chapter: 'shop',
  title: 'What tracing costs',
  description: `\`POST /orders\` to its end as above, as fast as it goes: without tracing, with one request in a hundred traced, and with all of
them. The receiver of the spans takes them and does nothing else.`,
  columns: orders.columns,
  variants: [
    { name: 'off', budgetMs: 120_000, measure: (run) => placeOrders(run) },
    { name: '1 % sampled', budgetMs: 120_000, measure: (run) => traced(run, '0.01') },
    { name: 'all sampled', budgetMs: 120_000, measure: (run) => traced(run, '1') },
  ],
}

async function traced(run: Run, share: string): Promise<Values> {
  let received = 0
  const server = createServer((request, response) => {
    request.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share }
    const values = await placeOrders(run, undefined, variables)
    if (received === 0) throw new Error('no spans were sent')
    return values
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
