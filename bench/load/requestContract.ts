/** A request that the load asks for again and again; its answer has to be 200. */
export interface TimedRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RequestOptions {
  /** Requests a second, whatever the answers take. */
  readonly rate: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Each has a second, one after the other: what slows the machine down slows all of them down. */
  readonly turns: readonly (readonly TimedRequest[])[]
}

export interface RequestReport {
  /** By turn: milliseconds from when a request was due to the end of its answer. */
  readonly latencyMs: readonly Float64Array[]
  readonly failed: number
  /** Some of the failures. */
  readonly reasons: readonly string[]
}

/** Whose turn a request is that is due after so many milliseconds. */
export function turnAt(ms: number, turns: number): number {
  return Math.floor(ms / 1_000) % turns
}
