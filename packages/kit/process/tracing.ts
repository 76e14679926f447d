import { hostname } from 'node:os'
import type { Sampler } from '@opentelemetry/sdk-trace'
import type { Logger } from './logger.ts'

export interface TracingOptions {
  readonly name: string
  /** Base URL of an OTLP receiver: spans go to `/v1/traces` below it. */
  readonly endpoint: string
  /** Of requests that begin a trace here. */
  readonly share: number
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

export interface Tracing {
  /** Sends what is left, for a few seconds at most. */
  stop(): Promise<void>
}

/** Spans that wait to be sent; with more of them, the newest are dropped. */
const mostWaiting = 2_048
const exportTimeoutMs = 5_000
const exportEveryMs = 1_000

/** Loads the OpenTelemetry SDK, which no process without an endpoint does, and has spans sent. Once a process. */
export async function startTracing({ name, endpoint, share, logger }: TracingOptions): Promise<Tracing> {
  const { context, DiagLogLevel, diag, TraceFlags, trace } = await import('@opentelemetry/api')
  const sdk = await import('@opentelemetry/sdk-trace')
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const warn = (message: string) => logger.warn({ message }, 'tracing')
  const ignore = () => {}
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  const roots = new sdk.TraceIdRatioBasedSampler(share)
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: exportTimeoutMs })
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.instance.id': hostname() }),
    sampler: new sdk.ParentBasedSampler({ root: followingLinks(roots) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: mostWaiting,
        scheduledDelayMillis: exportEveryMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  logger.info({ endpoint, share }, 'traces are sent')
  return { stop: () => provider.shutdown() }

  /** A span that begins a trace and has links is sampled as those are: who follows a trace finds its end. */
  function followingLinks(others: Sampler): Sampler {
    return {
      shouldSample: (...args) => {
        const links = args[5]
        if (links.length === 0) return others.shouldSample(...args)
        const isSampled = links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0)
        return {
          decision: isSampled ? sdk.SamplingDecision.RECORD_AND_SAMPLED : sdk.SamplingDecision.NOT_RECORD,
        }
      },
      toString: () => `followingLinks(${others.toString()})`,
    }
  }
}

export function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`
}
