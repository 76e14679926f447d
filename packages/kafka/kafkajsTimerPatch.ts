import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  scheduleCheckPendingRequests(): void
}

let applied = false

/**
 * Stops the request queue of kafkajs 2.2.4 from waking up every millisecond for each connection: it re-schedules its
 * check with a negative delay when nothing is pending (5 % of a core when idle, and a TimeoutNegativeWarning on
 * Node 24; https://github.com/tulios/kafkajs/issues/1751). Another version of kafkajs is left as it is.
 */
export function patchKafkajsTimers(): void {
  if (applied) return
  applied = true
  if (require('kafkajs/package.json').version !== '2.2.4') return
  const queue: RequestQueue = require('kafkajs/src/network/requestQueue').prototype
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this)
  }
}
