import type { RampingArrivalRateScenario, Stage } from 'k6/options'

/** How much load over time. */
export interface Profile {
  /** Highest rate, in iterations per second. */
  peak: number
  /** Shares of the peak, and how many seconds it takes to get there from the one before. */
  stages: readonly { share: number; seconds: number }[]
  /**
   * What 95 % of POSTs have to stay within under this load, in milliseconds. Undefined: nothing is promised of speed; a smoke
   * test shows that things work, on any machine.
   */
  postP95Ms?: number
}

export const profiles = {
  smoke: { peak: 10, stages: [hold(1, 20)] },
  average: {
    peak: 50,
    stages: [{ share: 1, seconds: 10 }, hold(1, 120), { share: 0, seconds: 5 }],
    postP95Ms: 500,
  },
  stress: {
    peak: 200,
    stages: [0.25, 0.5, 0.75, 1].flatMap((share) => [{ share, seconds: 10 }, hold(share, 50)]),
    postP95Ms: 1_500,
  },
  spike: {
    peak: 300,
    stages: [hold(0.1, 20), { share: 1, seconds: 3 }, hold(1, 30), { share: 0.1, seconds: 3 }, hold(0.1, 30)],
    postP95Ms: 1_500,
  },
  soak: { peak: 40, stages: [{ share: 1, seconds: 30 }, hold(1, 1_800)], postP95Ms: 500 },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof profiles

function hold(share: number, seconds: number): { share: number; seconds: number } {
  return { share, seconds }
}

/** How a run may differ from its profile. */
export interface ProfileOverrides {
  peak?: number | undefined
  /** Length of the whole run, which all stages share in proportion. */
  seconds?: number | undefined
}

export function adjustProfile(profile: Profile, { peak, seconds }: ProfileOverrides): Profile {
  const scale = seconds === undefined ? 1 : seconds / profileSeconds(profile)
  const stages = profile.stages.map((stage) => ({ ...stage, seconds: stage.seconds * scale }))
  return { ...profile, peak: peak ?? profile.peak, stages }
}

export function profileSeconds({ stages }: Profile): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** A profile as an arrival-rate scenario of k6: iterations begin on schedule however slow the answers are. */
export function arrivalRate(profile: Profile): RampingArrivalRateScenario {
  const stages = profile.stages.map(
    ({ share, seconds }): Stage => ({
      target: Math.round(share * profile.peak),
      duration: `${Math.round(seconds * 1_000)}ms`,
    }),
  )
  return {
    executor: 'ramping-arrival-rate',
    startRate: Math.round((profile.stages[0]?.share ?? 0) * profile.peak),
    timeUnit: '1s',
    stages,
    gracefulStop: '20s',
    ...virtualUsers(profile.peak),
  }
}

/** A POST waits up to a second for Kafka: at the worst, a second's arrivals are under way at once. */
export function virtualUsers(rate: number): { preAllocatedVUs: number; maxVUs: number } {
  return { preAllocatedVUs: Math.max(5, rate), maxVUs: Math.max(20, Math.ceil(rate * 3)) }
}
