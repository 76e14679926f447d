import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { sampledSpan, traceparentOf, tracer, withSpan } from '@relevo/origin'
import type { Request, RequestHandler, Response } from 'express'
import { requestContext } from './requestContext.ts'
import { systemEndpoints } from './systemEndpoints.ts'

/** Nobody follows these, which are asked all the time. */
const untraced = new Set<string>(Object.values(systemEndpoints).map(({ path }) => path))

/** Has each request be a span, under the one that its traceparent names, where the process has tracing. */
export function traceRequests(): RequestHandler {
  return (request, response, next) => {
    const by = untraced.has(request.path) ? undefined : tracer()
    const { traceparent, requestId } = requestContext(response)
    const parent = sampledSpan(traceparent)
    // The caller has decided against it.
    const isUnwanted = traceparent !== undefined && parent === undefined
    if (by === undefined || isUnwanted) return next()
    const around = parent ? trace.setSpanContext(context.active(), parent) : context.active()
    const attributes = {
      'http.request.method': request.method,
      'url.path': request.path,
      'relevo.request_id': requestId,
    }
    const span = by.startSpan(request.method, { kind: SpanKind.SERVER, attributes }, around)
    if (span.isRecording()) noteSpan(span, request, response)
    next()
  }
}

/** From here on the request's trace context is that of its span: for what is recorded, passed on and logged. */
function noteSpan(span: Span, request: Request, response: Response): void {
  const about = requestContext(response)
  about.span = span
  about.traceparent = traceparentOf(span.spanContext()) ?? about.traceparent
  response.once('close', () => {
    const route: string | undefined = response.locals.route ?? request.route?.path
    if (route !== undefined) {
      span.updateName(`${request.method} ${route}`)
      span.setAttribute('http.route', route)
    }
    span.setAttribute('http.response.status_code', response.statusCode)
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
}

/** Does the work as what happens in the request's span, if it has one. */
export function inRequestSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : withSpan(span, work)
}
