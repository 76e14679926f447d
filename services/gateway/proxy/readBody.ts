import type { IncomingMessage } from 'node:http'
import { ServiceError } from '@relevo/kit'

/**
 * Reads bodies whole before anything of them goes on, so that a slow client holds no connection to a service; each has a
 * bound, and all of them together.
 */
export class BodyReader {
  readonly #maxBytes: number
  readonly #maxTotalBytes: number
  #held = 0

  constructor(maxBytes: number, maxTotalBytes: number) {
    this.#maxBytes = maxBytes
    this.#maxTotalBytes = maxTotalBytes
  }

  /**
   * @returns the body, undefined where there is none, and what says that it is needed no longer.
   * @throws ServiceError `bodyTooLarge`, or `unavailable` when too many bytes are held.
   */
  async read(request: IncomingMessage): Promise<{ body: Buffer | undefined; release: () => void }> {
    const declared = request.headers['content-length']
    if (declared === undefined && request.headers['transfer-encoding'] === undefined)
      return { body: undefined, release: () => undefined }
    if (Number(declared ?? 0) > this.#maxBytes) throw tooLarge()
    let own = 0
    const release = () => {
      this.#held -= own
      own = 0
    }
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        own += chunk.length
        this.#held += chunk.length
        if (own > this.#maxBytes) throw tooLarge()
        if (this.#held > this.#maxTotalBytes) throw tooMany()
        chunks.push(chunk)
      }
      return { body: Buffer.concat(chunks), release }
    } catch (error) {
      release()
      request.resume() // read on to nowhere: a client that still sends would not see the answer
      throw error
    }
  }
}

function tooLarge(): ServiceError {
  return new ServiceError('bodyTooLarge', 'The body is too large.')
}

function tooMany(): ServiceError {
  return new ServiceError('unavailable', 'Too much is being sent just now. Try again later.', {
    headers: { 'retry-after': '1' },
  })
}
