// Sends requests at a rate, whatever the answers take (open loop), and times each from when it was due. Tells its parent `begun`
// after the warm-up and the report at the end. The options are its argument, as JSON.
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type RequestOptions, type RequestReport, type TimedRequest, turnAt } from './requestContract.ts'

const mostReasons = 5
const { rate, warmUpSeconds, seconds, turns } = JSON.parse(process.argv[2] ?? '{}') as RequestOptions
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

process.on('disconnect', () => process.exit())

class Tally {
  readonly latencyMs = turns.map((): number[] => [])
  readonly reasons: string[] = []
  failed = 0

  fail(reason: string): void {
    this.failed += 1
    if (this.reasons.length < mostReasons) this.reasons.push(reason)
  }
}

async function ask({ url, headers = {} }: TimedRequest): Promise<number> {
  const request = get(url, { agent, headers })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response.statusCode ?? 0
}

/** Sends at the rate for so long, and waits for the answers. */
async function load(forSeconds: number): Promise<Tally> {
  const tally = new Tally()
  const startedAt = performance.now()
  const sent: Promise<void>[] = []
  const send = async (request: TimedRequest, turn: number, dueAt: number) => {
    try {
      const status = await ask(request)
      tally.latencyMs[turn]?.push(performance.now() - dueAt)
      if (status !== 200) tally.fail(`${request.url} answers ${status}`)
    } catch (error) {
      tally.fail(`${request.url}: ${error}`)
    }
  }
  for (let n = 0; n < rate * forSeconds; ) {
    const passedMs = performance.now() - startedAt
    for (; n < rate * forSeconds && (n * 1_000) / rate <= passedMs; n++) {
      const dueMs = (n * 1_000) / rate
      const turn = turnAt(dueMs, turns.length)
      const requests = turns[turn] ?? []
      const request = requests[n % requests.length]
      if (request) sent.push(send(request, turn, startedAt + dueMs))
    }
    await delay(1)
  }
  await Promise.all(sent)
  return tally
}

await load(warmUpSeconds)
process.send?.('begun')
const { latencyMs, failed, reasons } = await load(seconds)
const report: RequestReport = {
  latencyMs: latencyMs.map((each) => Float64Array.from(each)),
  failed,
  reasons,
}
process.send?.(report, () => process.exit())
