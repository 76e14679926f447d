import type { BlockList } from 'node:net'
import { type Identity, ServiceError } from '@relevo/kit'
import type { Request, Response } from 'express'
import type { GatewayMetrics } from '../metrics.ts'
import type { Passage } from '../proxy/headers.ts'
import { clientAddress, isTrusted, networkOf } from './clientAddress.ts'
import { InFlight } from './inFlight.ts'
import { RateLimit, type RatePolicy, type RateVerdict, rateHeaders } from './rateLimit.ts'

export interface ClientLimitOptions {
  readonly address: RatePolicy
  readonly user: RatePolicy
  readonly inFlight: number
  readonly streams: number
  readonly trusted: BlockList
  readonly metrics: GatewayMetrics
}

/** A client that is let in. */
export interface Admission {
  /** Gives its place back. */
  readonly leave: () => void
  /** How it came. */
  readonly passage: Omit<Passage, 'requestId' | 'traceparent'>
}

/** What one client may take of the gateway, so that there is always some for the others. */
export class ClientLimits {
  readonly #options: ClientLimitOptions
  readonly #rate: RateLimit
  readonly #userRate: RateLimit
  readonly #requests: InFlight
  readonly #streams: InFlight

  constructor(options: ClientLimitOptions) {
    this.#options = options
    this.#rate = new RateLimit(options.address)
    this.#userRate = new RateLimit(options.user)
    this.#requests = new InFlight(options.inFlight)
    this.#streams = new InFlight(options.streams)
  }

  /**
   * @param identify tells who it is, where that is known; it is asked only when the address has some left.
   * @throws ServiceError `tooManyRequests`.
   */
  async admit(
    request: Request,
    response: Response,
    { isStream, identify }: { isStream: boolean; identify: () => Promise<Identity | undefined> },
  ): Promise<Admission> {
    const { address, ...passage } = passageOf(request, this.#options.trusted)
    const network = networkOf(address)
    const verdict = await this.#rate.take(network)
    const told: [RatePolicy, RateVerdict][] = [[this.#rate.policy, verdict]]
    response.set(rateHeaders(told))
    if (!verdict.isAllowed) throw this.#refuse('address', verdict.resetSeconds)
    const identity = await identify()
    if (identity) {
      const ofUser = await this.#userRate.take(identity.subject)
      response.set(rateHeaders([...told, [this.#userRate.policy, ofUser]]))
      if (!ofUser.isAllowed) throw this.#refuse('user', ofUser.resetSeconds)
    }
    const leave = (isStream ? this.#streams : this.#requests).enter(network)
    if (leave === undefined) throw this.#refuse(isStream ? 'streams' : 'inFlight', 1)
    return { leave, passage: { ...passage, identity } }
  }

  #refuse(limit: string, seconds: number): ServiceError {
    this.#options.metrics.countLimited(limit)
    return new ServiceError(
      'tooManyRequests',
      `This is more than one client may ask at once. Try again in ${seconds} s.`,
      { headers: { 'retry-after': String(Math.max(1, seconds)) } },
    )
  }
}

/** How a request came, by the connection and by the proxies that are trusted. */
export function passageOf(
  { headers, socket }: Pick<Request, 'headers' | 'socket'>,
  trusted: BlockList,
): Omit<Admission['passage'], 'identity'> & { readonly address: string } {
  const peer = socket.remoteAddress ?? ''
  const knowsBetter = isTrusted(peer, trusted)
  const before = knowsBetter ? textOf(headers['x-forwarded-for']) : undefined
  return {
    address: clientAddress(peer, before, trusted),
    forwardedFor: before === undefined ? peer : `${before}, ${peer}`,
    forwardedProto: (knowsBetter && textOf(headers['x-forwarded-proto'])) || 'http',
    forwardedHost: (knowsBetter && textOf(headers['x-forwarded-host'])) || headers.host,
  }
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
