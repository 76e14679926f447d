/** How an outbox of a relay fares. */
export interface OutboxWork {
  readonly name: string
  /** Age of the oldest event that is not published. */
  readonly oldestSeconds: number
  readonly events: number
  /** Since the relay's loop last turned, which is how it keeps its leases. */
  readonly loopAgeSeconds: number
  readonly stalledShards: number
  readonly quarantinedKeys: number
  readonly heldTopics: number
  /** Since when a canary of it should have taken effect; undefined: none is known of it. */
  readonly canaryOverdueSeconds?: number
}

/** For how long events of an outbox have not been delivered. */
export function latenessOf({ oldestSeconds, canaryOverdueSeconds = 0 }: OutboxWork): number {
  return Math.max(oldestSeconds, canaryOverdueSeconds)
}

/** What a service reports about its work; undefined if it does not. */
export interface Work {
  readonly outboxes: readonly OutboxWork[]
  /** Events that wait for another try, or behind one. */
  readonly held: number | undefined
  /** Events that were given up and wait for an operator. */
  readonly deadLetters: number | undefined
  readonly lastEffectAt: string | undefined
}

export const noWork: Work = {
  outboxes: [],
  held: undefined,
  deadLetters: undefined,
  lastEffectAt: undefined,
}

/**
 * What one look at a service has found. `failed`: it does not answer, and with `hung` it takes connections all
 * the same; `unseen`: the monitor could not look, which says nothing of the service.
 */
export type Look =
  | {
      readonly kind: 'answered'
      readonly responseMs: number
      /** Names of the readiness checks that fail. */
      readonly problems: readonly string[]
      readonly work: Work
    }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly detail: string }
  | { readonly kind: 'unseen'; readonly detail: string }

export const failureCodes = ['refused', 'timeout', 'hung', 'broken', 'unknown-host'] as const
export type FailureCode = (typeof failureCodes)[number]

/** Errors of the monitor's own machine or network. */
const ownFaults = new Set([
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
])

/**
 * What an error of a request says: of the service, or of who asks. @param code of the system, where there is
 * one.
 */
export function lookOfError(code: string | undefined, detail: string): Look {
  if (code !== undefined && ownFaults.has(code)) return { kind: 'unseen', detail }
  return { kind: 'failed', code: failureOf(code), detail }
}

function failureOf(code: string | undefined): FailureCode {
  if (code === 'ECONNREFUSED') return 'refused'
  if (code === 'ENOTFOUND') return 'unknown-host'
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code?.endsWith('_TIMEOUT')) return 'timeout'
  return 'broken'
}

/** A look at every service, and whether the monitor was able to look. */
export interface Round {
  readonly looks: ReadonlyMap<string, Look>
  /** How long the round took, and may take at most. */
  readonly tookMs: number
  readonly boundMs: number
}

/**
 * Takes back what a round says of the services where it says more of the monitor: when that was itself held
 * up beyond the bound of its questions, or when nobody has answered and nobody refused, as with a network
 * that is cut.
 */
export function withoutBlindness({ looks, tookMs, boundMs }: Round): ReadonlyMap<string, Look> {
  const all = [...looks.values()]
  const isSilent = (look: Look) => look.kind === 'failed' && look.code === 'timeout'
  const isLate = (look: Look) => isSilent(look) || (look.kind === 'failed' && look.code === 'hung')
  const heldUp = tookMs > 2 * boundMs
  const cutOff = all.length > 1 && all.every((look) => look.kind === 'unseen' || isSilent(look))
  if (!heldUp && !cutOff) return looks
  const detail = heldUp ? 'the monitor was held up' : 'no service answers, and none refuses'
  const isNoWord = heldUp ? isLate : isSilent
  const seen = (look: Look): Look => (isNoWord(look) ? { kind: 'unseen', detail } : look)
  return new Map([...looks].map(([name, look]) => [name, seen(look)]))
}

/** What relays report about their outboxes, with the state of their canaries. */
export function withCanaries(
  looks: ReadonlyMap<string, Look>,
  overdue: Readonly<Record<string, number>>,
): ReadonlyMap<string, Look> {
  const added = (outbox: OutboxWork): OutboxWork => {
    const seconds = overdue[outbox.name]
    return seconds === undefined ? outbox : { ...outbox, canaryOverdueSeconds: seconds }
  }
  const told = (look: Look): Look =>
    look.kind === 'answered'
      ? { ...look, work: { ...look.work, outboxes: look.work.outboxes.map(added) } }
      : look
  return new Map([...looks].map(([name, look]) => [name, told(look)]))
}
