export { currentOrigin, noteSpan, type Origin, originOf, withOrigin, withOriginHeaders } from './origin.ts'
export {
  type ConsumerSpans,
  endSpan,
  linksTo,
  type SpanOptions,
  sampledSpan,
  startSpan,
  traceparentOf,
  tracer,
  withSpan,
} from './spans.ts'
