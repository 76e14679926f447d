import { pipeline } from 'node:stream/promises'
import { requestContext, type ServiceContext, ServiceError } from '@relevo/kit'
import type { Request, RequestHandler, Response } from 'express'
import { type Dispatcher, errors } from 'undici'
import type { ClientLimits } from '../limits/clientLimits.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { RoutedEndpoint } from '../routing/routes.ts'
import { type Backend, type BackendAnswer, GivenUp } from './backend.ts'
import { type Passage, requestHeaders, responseHeaders } from './headers.ts'
import type { BodyReader } from './readBody.ts'

export interface ForwardParts {
  readonly limits: ClientLimits
  readonly bodies: BodyReader
  readonly metrics: GatewayMetrics
  readonly authorize: ServiceContext<unknown>['authorize']
  readonly answerTimeoutMs: number
  /** Ends event streams when the gateway stops. */
  readonly stopping: AbortSignal
  /** How long after that the requests that are under way may take: a client that does not read would hold it up. */
  readonly drainMs: number
}

/** Checks a body before it goes on. @throws ServiceError when it is not as the contract has it. */
export type BodyCheck = (contentType: string | undefined, body: Buffer) => void

/** Passes the requests for an endpoint on to its service, and the answers back. */
export function forwardTo(
  backend: Backend,
  endpoint: RoutedEndpoint,
  checkBody: BodyCheck | undefined,
  parts: ForwardParts,
): RequestHandler {
  const exchange = new Exchange(backend, endpoint, checkBody, parts)
  return (request, response) => exchange.run(request, response)
}

class Exchange {
  readonly #backend: Backend
  readonly #endpoint: RoutedEndpoint
  readonly #isStream: boolean
  readonly #checkBody: BodyCheck | undefined
  readonly #parts: ForwardParts

  constructor(
    backend: Backend,
    endpoint: RoutedEndpoint,
    checkBody: BodyCheck | undefined,
    parts: ForwardParts,
  ) {
    this.#backend = backend
    this.#endpoint = endpoint
    this.#isStream = endpoint.isStream ?? false
    this.#checkBody = checkBody
    this.#parts = parts
  }

  async run(request: Request, response: Response): Promise<void> {
    const ends = new DisposableStack()
    try {
      await this.#pass(request, response, ends)
    } catch (error) {
      answerError(error, request, response)
    } finally {
      ends.dispose()
    }
  }

  async #pass(request: Request, response: Response, ends: DisposableStack): Promise<void> {
    const { limits, metrics, stopping } = this.#parts
    const { leave, passage } = await limits.admit(request, response, {
      isStream: this.#isStream,
      identify: () => this.#parts.authorize(this.#endpoint, request),
    })
    ends.defer(leave)
    const body = await this.#readBody(request, ends)
    ends.defer(this.#backend.enter(this.#isStream))
    if (this.#isStream) ends.defer(metrics.openStream(this.#backend.name))
    const signal = this.#signalFor(response, ends)
    const answer = await this.#backend.send({
      method: request.method as Dispatcher.HttpMethod,
      path: request.url,
      headers: requestHeaders(request.headers, { ...passage, ...traceOf(response) }),
      body,
      isStream: this.#isStream,
      signal,
    })
    await passBack(answer, response, { signal, stopping: this.#isStream ? stopping : undefined })
  }

  async #readBody(request: Request, ends: DisposableStack): Promise<Buffer | undefined> {
    if (request.method === 'GET' || request.method === 'HEAD') return undefined
    const { body, release } = await this.#parts.bodies.read(request)
    ends.defer(release)
    this.#checkBody?.(request.headers['content-type'], body ?? Buffer.alloc(0))
    return body
  }

  /** Aborted when the client has gone or, but for streams, has had its time. */
  #signalFor(response: Response, ends: DisposableStack): AbortSignal {
    response.setMaxListeners(20) // the kit, the log and pipeline all want to know when it ends
    const control = new AbortController()
    const giveUp = () => control.abort(new GivenUp('the client has gone, or its time is over'))
    const onClose = () => {
      if (!response.writableFinished) giveUp() // else it has all of the answer
    }
    response.once('close', onClose)
    if (response.destroyed) giveUp()
    const { answerTimeoutMs, stopping, drainMs } = this.#parts
    let timer = this.#isStream ? undefined : setTimeout(giveUp, answerTimeoutMs)
    const hurry = () => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, drainMs)
    }
    stopping.addEventListener('abort', hurry, { once: true })
    ends.defer(() => {
      clearTimeout(timer)
      response.off('close', onClose)
      stopping.removeEventListener('abort', hurry)
    })
    return control.signal
  }
}

function traceOf(response: Response): Pick<Passage, 'requestId' | 'traceparent'> {
  const { requestId, traceparent } = requestContext(response)
  return { requestId, traceparent }
}

interface End {
  readonly signal: AbortSignal
  /** Ends an answer that would go on for ever. */
  readonly stopping: AbortSignal | undefined
}

/** Writes as fast as the client reads, and no faster. */
async function passBack(answer: BackendAnswer, response: Response, { signal, stopping }: End): Promise<void> {
  response.writeHead(answer.statusCode, responseHeaders(answer.headers))
  const end = () => response.end()
  if (stopping) {
    response.flushHeaders()
    stopping.addEventListener('abort', end, { once: true })
    if (stopping.aborted) end()
  }
  try {
    await pipeline(answer.body, response, { signal })
  } catch (error) {
    if (!stopping?.aborted) throw error
  } finally {
    stopping?.removeEventListener('abort', end)
  }
}

/** Nobody is answered who has gone; half an answer is broken off, so that nobody takes it for a whole one. */
function answerError(error: unknown, request: Request, response: Response): void {
  const hasGone = response.destroyed || (request.destroyed && !request.complete)
  if (hasGone || response.headersSent) {
    if (!hasGone) requestContext(response).logger.warn({ err: error }, 'answer broken off')
    response.destroy()
    return
  }
  if (error instanceof GivenUp)
    throw new ServiceError('timeout', 'The answer took too long.', { cause: error })
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError)
    throw new ServiceError('badRequest', 'The request cannot be passed on.', { cause: error })
  throw error
}
