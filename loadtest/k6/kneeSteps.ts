/** One step of the ramp: a rate that is held, in requests per second. */
export interface KneeStep {
  rate: number
  startSeconds: number
  seconds: number
}

const shares = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]

/** The steps around a profile's peak, which share the time evenly. */
export function kneeSteps(peak: number, seconds: number): KneeStep[] {
  const each = Math.max(5, Math.round(seconds / shares.length))
  return shares.map((share, n) => ({ rate: Math.round(share * peak), startSeconds: n * each, seconds: each }))
}

/** The knee: where 95 % of POSTs take longer than this, in milliseconds, or the rate is no longer kept. */
export const kneeP95Ms = 500

/**
 * The highest rate before the first step that was too slow or lost requests; 0 when already the first one was.
 * @param metrics the values of k6's metrics by name, with those of each step under its tag.
 */
export function findKnee(
  steps: readonly KneeStep[],
  metrics: Readonly<Record<string, Readonly<Record<string, number>>>>,
): number {
  let knee = 0
  for (const { rate } of steps) {
    const p95 = metrics[`http_req_duration{step:${rate}}`]?.['p(95)']
    const failed = metrics[`http_req_failed{step:${rate}}`]?.rate
    const dropped = metrics[`dropped_iterations{scenario:step_${rate}}`]?.count ?? 0
    const held = p95 !== undefined && p95 <= kneeP95Ms && failed === 0 && dropped === 0
    if (!held) return knee
    knee = rate
  }
  return knee
}
