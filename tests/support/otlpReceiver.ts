import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { afterTest } from '@relevo/testing'

export interface ReceivedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** The ids of the spans that it has links to. */
  readonly links: readonly string[]
  readonly attributes: ReadonlyMap<string, string | number | undefined>
}

/** A receiver of OTLP over HTTP in JSON, until the test ends. */
export async function otlpReceiver(t: TestContext) {
  const spans: ReceivedSpan[] = []
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/traces') spans.push(...parse(JSON.parse(await text(request))))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  afterTest(t, () => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans }
}

interface Attribute {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly intValue?: number | string
    readonly doubleValue?: number
  }
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly attributes: readonly Attribute[]
        readonly links?: readonly { readonly spanId: string }[]
      }[]
    }[]
  }[]
}

function parse({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(toMap(resource.attributes).get('service.name'))
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId, attributes, links = [] }) => {
        const linked = links.map((link) => link.spanId)
        return { service, name, traceId, spanId, parentSpanId, links: linked, attributes: toMap(attributes) }
      }),
    )
  })
}

function toMap(attributes: readonly Attribute[]): Map<string, string | number | undefined> {
  return new Map(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue } }) => {
      return [key, stringValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue))]
    }),
  )
}
