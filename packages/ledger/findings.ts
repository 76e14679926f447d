/** Why an event appears in a report. */
export type Reason =
  | 'acknowledged and not in the outbox'
  | 'in the outbox and not in Kafka'
  | 'in Kafka and without effect'
  | 'in Kafka and not in the outbox'
  | 'with effect and not in Kafka'
  | 'recorded twice'
  | 'more than one effect'
  | 'delivered after a later event of its key'
  | 'took effect after a later event of its key'

export interface Finding {
  reason: Reason
  /** The event, or the offset of a record that names none. */
  event: string
  key?: string
}

/** Their number, and the first few. */
export interface Findings {
  count: number
  samples: Finding[]
}

const mostSamples = 20

export function noFindings(): Findings {
  return { count: 0, samples: [] }
}

/** Adds one, but lists only the first few: a run may lose a million events. */
export function addFinding(findings: Findings, finding: Finding): void {
  findings.count += 1
  if (findings.samples.length < mostSamples) findings.samples.push(finding)
}
