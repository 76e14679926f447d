import {
  type Attributes,
  context,
  isSpanContextValid,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'

const scope = '@relevo'

/** The SDK's, if the process has one. Where it has none, nothing below costs more than this. */
export function tracer(): Tracer | undefined {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer(scope)
    : provider.getTracer(scope)
}

const sampledForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][13579bdf]$/

/** The span that a traceparent names; undefined when it is not sampled, and so nowhere to be seen. */
export function sampledSpan(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId] = sampledForm.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  const found = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
  return isSpanContextValid(found) ? found : undefined
}

/** As it stands in a header; undefined for a span that is not sampled. */
export function traceparentOf(span: SpanContext | undefined): string | undefined {
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined
  return `00-${span.traceId}-${span.spanId}-01`
}

/** The span in hand, if it is sampled. */
export function currentTraceparent(): string | undefined {
  return traceparentOf(trace.getActiveSpan()?.spanContext())
}

/** Default of OpenTelemetry's SDKs. */
const mostLinks = 128

export function linksTo(traceparents: Iterable<string | undefined>): Link[] {
  const links = new Map<string, Link>()
  for (const traceparent of traceparents) {
    const span = sampledSpan(traceparent)
    if (span) links.set(span.spanId, { context: span })
    if (links.size === mostLinks) break
  }
  return [...links.values()]
}

/** How a consumer's spans belong to what they follow from: in traces of their own with links there, or in the same trace. */
export type ConsumerSpans = 'linked' | 'child'

export interface SpanOptions {
  readonly kind: 'client' | 'consumer'
  /** Begins a trace of its own, unless `parent` is given. */
  readonly links: Link[]
  readonly parent?: SpanContext | undefined
  readonly attributes: Attributes
}

const kinds = { client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }

export function startSpan(by: Tracer, name: string, { kind, links, parent, attributes }: SpanOptions): Span {
  const around = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
  return by.startSpan(name, { kind: kinds[kind], links, attributes, root: parent === undefined }, around)
}

/** Does the work as what happens in the span. */
export function withSpan<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(context.active(), span), work)
}

/** @param error undefined: all went well. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const cause = error instanceof Error ? error : new Error(String(error))
    span.recordException(cause)
    span.setStatus({ code: SpanStatusCode.ERROR, message: cause.message })
  }
  span.end()
}
