// Also runs in k6: no imports of packages.

export type Body = Readonly<Record<string, unknown>>

/** A POST that records one event. */
export interface ApiRequest {
  readonly path: string
  readonly accepted: readonly number[]
  /** @param earlier the body of the answer to the request before. */
  readonly body: (content: string, earlier: Body) => object
  /** What a ledger calls its event: each request has its own. */
  readonly event: (content: string) => string
  /** Reads an accepted answer; undefined: it is not what the contract says. */
  readonly receipt: (body: Body) => Receipt | undefined
}

/** What an answer says about its event. */
export interface Receipt {
  /** Its number in the outbox, where the API tells it. */
  readonly id?: number
  /** What its content is, where that is the service's choice. */
  readonly content?: string
  /** Kafka has it. */
  readonly delivered?: boolean
}

/** A POST that has to have been accepted before the requests make sense; sent again, it changes nothing. */
export interface Provision {
  /** Name of the service. */
  readonly at: string
  readonly path: string
  readonly body: object
  readonly accepted: readonly number[]
}

/** A GET whose answer shows that what was sent has arrived. */
export interface Arrival {
  /** Name of a service or relay. */
  readonly at: string
  readonly path: (content: string) => string
  readonly shows: (body: Body, content: string) => boolean
}
