/** Why an event stands in a report. */
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
  /** The event, or where the record is that names none. */
  event: string
  key?: string
}

/** How many there are, and the first few. */
export interface Findings {
  count: number
  samples: Finding[]
}

const mostSamples = 20

export function noFindings(): Findings {
  return { count: 0, samples: [] }
}

/** Adds one; a run that lost a million events does not need them all listed. */
export function addFinding(findings: Findings, finding: Finding): void {
  findings.count += 1
  if (findings.samples.length < mostSamples) findings.samples.push(finding)
}
