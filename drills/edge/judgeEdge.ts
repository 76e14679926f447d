import type { EdgeAnswer, EdgeSummary } from '../../proof/inCluster/program/edgeSummary.ts'
import type { Revocation } from '../../proof/inCluster/program/watchRevocations.ts'
import type { FaultTimes } from '../measureRecovery.ts'

/** What requests through the gateway may fail at: nothing, cut connections, or the outage from the fault on for so long. */
export type MayFail = { readonly at: 'nothing' | 'cut' } | { readonly at: 'outage'; readonly ms: number }

/** What is not as a drill claims of the requests through the gateway, each as a sentence. */
export function judgeEdge(summary: EdgeSummary, mayFail: MayFail, fault: FaultTimes): string[] {
  const { answered, dropped, failures, failed, cut } = summary
  const allowed = mayFail.at === 'nothing' ? 0 : mayFail.at === 'cut' ? cut : failed
  const late = mayFail.at === 'outage' ? failures.filter(({ at }) => at > fault.endedAt + mayFail.ms) : []
  const early = mayFail.at === 'outage' ? failures.filter(({ at, ms }) => at + ms < fault.beganAt) : []
  return [
    ...(answered === 0 ? ['no request through the gateway was answered, so nothing was shown'] : []),
    ...(dropped > 0
      ? [`${dropped} requests through the gateway were not sent: too many were under way`]
      : []),
    ...(failed > allowed
      ? [`${failed - allowed} requests through the gateway failed: ${shown(failures)}`]
      : []),
    ...(late.length > 0 ? [`requests through the gateway failed long after the fault: ${shown(late)}`] : []),
    ...(early.length > 0 ? [`requests through the gateway failed before the fault: ${shown(early)}`] : []),
  ]
}

/** How users were refused who were disabled, at the 99th percentile. */
export function judgeRevocations(revocations: readonly Revocation[], mostMs: number): string[] {
  const times = revocations.map(({ letInUntilMs }) => letInUntilMs).sort((a, b) => a - b)
  const p99 = times[Math.max(0, Math.ceil(0.99 * times.length) - 1)] ?? 0
  const never = revocations.filter(({ refusedAfterMs }) => refusedAfterMs === null).length
  const strangers = revocations.filter(({ wasLetIn }) => !wasLetIn).length
  return [
    ...(revocations.length === 0 ? ['nobody was disabled, so nothing was shown'] : []),
    ...(strangers > 0 ? [`${strangers} users were not let in before they were disabled`] : []),
    ...(never > 0 ? [`${never} disabled users were never refused`] : []),
    ...(p99 > mostMs
      ? [`disabled users were let in for ${Math.round(p99)} ms, and ${mostMs} are allowed`]
      : []),
  ]
}

/** Longest time from the fault to a request that failed, in milliseconds; 0 when none did. */
export function outageMs({ failures }: EdgeSummary, { beganAt }: FaultTimes): number {
  return failures.reduce((most, { at }) => Math.max(most, at - beganAt), 0)
}

export function describeEdge(summary: EdgeSummary, fault: FaultTimes): string {
  const { sent, answered, failed, cut, p50Ms, p99Ms } = summary
  const times = `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`
  const outage =
    failed > 0 ? `, the last ${(outageMs(summary, fault) / 1_000).toFixed(1)} s after the fault` : ''
  return `${sent} requests through the gateway, ${answered} answered (${times}), ${failed} failed, ${cut} of them cut${outage}`
}

function shown(failures: readonly EdgeAnswer[]): string {
  return failures
    .slice(0, 3)
    .map(({ path, status, reason }) => `${path} ${status === 0 ? (reason ?? 'no answer') : status}`)
    .join(', ')
}
