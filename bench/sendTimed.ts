import { startLoad } from './load/loadProcess.ts'
import type { RequestOptions, RequestReport } from './load/requestContract.ts'

/**
 * Has a process of its own send requests at a rate. @param onBegun is called after the warm-up; what it returns, at the end.
 * @returns the latencies by turn, in milliseconds. @throws Error when an answer was not 200.
 */
export async function sendTimed(
  options: RequestOptions,
  signal: AbortSignal,
  onBegun: () => () => void = () => () => {},
): Promise<readonly Float64Array[]> {
  const load = startLoad<RequestReport | 'begun'>('requestsMain', [JSON.stringify(options)])
  try {
    await load.receive(signal)
    const onEnded = onBegun()
    const { latencyMs, failed, reasons } = (await load.receive(signal)) as RequestReport
    onEnded()
    if (failed > 0) throw new Error(`${failed} requests failed: ${reasons.join('; ')}`)
    return latencyMs
  } finally {
    await load.end()
  }
}
