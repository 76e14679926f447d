const mebibyte = 1024 * 1024
/** A healthy broker accepts this much by Kafka's defaults. */
const firstRequestBytes = mebibyte
const leastRequestBytes = 64 * 1024
/** A link that cannot carry this much in `timeoutMs` counts as broken. */
const leastBytesPerTimeout = 256 * 1024
/** Of a request, in time-outs on top of the first. */
const mostAllowances = 4
const hangUpsToReject = 3
const answersToTryMore = 100

/**
 * Limits of request size and answer time, learnt from the answers. A time limit alone fails on a slow link: the
 * same bytes are sent again and again, and never acknowledged.
 */
export interface SendLimits {
  /** Bytes of a request that holds more than one record. */
  requestBytes(): number
  /** Extra time for a request of that size, besides the time-out, with what is under way before it. */
  began(bytes: number): number
  answered(bytes: number, ms: number): void
  /** The bytes are no longer under way, without an answer. */
  failed(bytes: number): void
  timedOut(): void
  /** The broker closed the connection over one record, but answers otherwise. Returns whether that is now the record's fault. */
  hungUpOver(record: string): boolean
}

export function createSendLimits(timeoutMs: number, maxRequestBytes: number): SendLimits {
  let requestBytes = Math.min(firstRequestBytes, maxRequestBytes)
  let bytesPerMs: number | undefined
  let underWay = 0
  /** Half of what last failed: a broker may reject larger requests by closing the connection. */
  let ceiling = maxRequestBytes
  let answers = 0
  const hangUps = new Map<string, number>()

  function grow(): void {
    answers += 1
    if (answers % answersToTryMore === 0) ceiling = Math.min(maxRequestBytes, ceiling * 2)
    requestBytes = Math.min(ceiling, requestBytes * 2)
  }

  return {
    requestBytes: () => requestBytes,
    began(bytes) {
      underWay += bytes
      const expected = bytesPerMs === undefined ? leastBytesPerTimeout / timeoutMs : bytesPerMs / 4
      return Math.min(mostAllowances * timeoutMs, underWay / expected)
    },
    answered(bytes, ms) {
      underWay -= bytes
      hangUps.clear()
      if (bytes >= leastRequestBytes) bytesPerMs = bytes / Math.max(1, ms)
      if (ms < timeoutMs / 8 && bytes * 2 >= requestBytes) {
        grow()
      }
    },
    failed(bytes) {
      underWay -= bytes
      if (bytes <= leastRequestBytes) return
      const half = Math.floor(bytes / 2)
      requestBytes = Math.max(Math.min(leastRequestBytes, maxRequestBytes), Math.min(requestBytes, half))
      ceiling = Math.min(ceiling, Math.max(half, firstRequestBytes))
      answers = 0
    },
    timedOut() {
      bytesPerMs = undefined
    },
    hungUpOver(record) {
      const times = (hangUps.get(record) ?? 0) + 1
      hangUps.set(record, times)
      return times >= hangUpsToReject
    },
  }
}
