import http from 'k6/http'
import { messageRequest, recordAnswer } from './postMessage.ts'

/** As many as in the seed's test; a script that uses `postBurst` sets k6's `batch` and `batchPerHost` to it. */
export const messagesAtOnce = 100

/** Posts 100 messages at once and writes the outcomes to the ledger. */
export function postBurst(): void {
  const requests = Array.from({ length: messagesAtOnce }, (_, n) => messageRequest(n))
  const responses = http.batch(requests)
  for (const [n, { body }] of requests.entries()) {
    const response = responses[n]
    if (response) recordAnswer(body, response)
  }
}
