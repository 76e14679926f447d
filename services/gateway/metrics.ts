import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the gateway measures beside the requests themselves (`relevo_http_request_seconds`). */
export class GatewayMetrics {
  readonly #backend: Histogram
  readonly #breaker: Gauge
  readonly #retries: Counter
  readonly #limited: Counter
  readonly #streams: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    this.#backend = new Histogram({
      name: 'relevo_gateway_backend_seconds',
      help: 'Time from sending a request to a service to the head of its answer, by outcome',
      labelNames: ['service', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    })
    this.#breaker = new Gauge({
      name: 'relevo_gateway_breaker_open',
      help: '1 while a service is left alone after failures',
      labelNames: ['service'],
      registers,
    })
    this.#retries = new Counter({
      name: 'relevo_gateway_retries_total',
      help: 'Requests that were sent to a service again',
      labelNames: ['service'],
      registers,
    })
    this.#limited = new Counter({
      name: 'relevo_gateway_limited_total',
      help: 'Requests that were refused by a limit',
      labelNames: ['limit'],
      registers,
    })
    this.#streams = new Gauge({
      name: 'relevo_gateway_streams',
      help: 'Event streams that are open',
      labelNames: ['service'],
      registers,
    })
  }

  /** @returns the function to call with the outcome at the end. */
  timeBackend(service: string): (outcome: string) => void {
    const beganAt = performance.now()
    return (outcome) => this.#backend.observe({ service, outcome }, (performance.now() - beganAt) / 1_000)
  }

  setBreaker(service: string, isOpen: boolean): void {
    this.#breaker.set({ service }, isOpen ? 1 : 0)
  }

  countRetry(service: string): void {
    this.#retries.inc({ service })
  }

  countLimited(limit: string): void {
    this.#limited.inc({ limit })
  }

  /** A stream is open from now on. @returns the function to call when it ends. */
  openStream(service: string): () => void {
    this.#streams.inc({ service })
    return () => this.#streams.dec({ service })
  }
}
