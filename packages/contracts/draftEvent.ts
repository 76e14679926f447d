import { ContractError } from './contractError.ts'
import type { EventContract, PartitionBy } from './eventContract.ts'

/** An event that a service can record with @relevo/outbox's `enqueue`. */
export interface EventDraft {
  topic: string
  key?: string
  partitionKey?: string
  type: string
  headers?: Record<string, string>
  payload: unknown
}

export interface DraftOptions {
  /** Kafka headers. */
  headers?: Record<string, string>
  /** Default: as the contract says. */
  partitionBy?: PartitionBy
}

/**
 * Creates an event of this contract with this payload.
 * @throws ContractError `invalidPayload` if the payload does not match.
 */
export function draftEvent<Payload>(
  contract: EventContract<Payload>,
  payload: Payload,
  options: DraftOptions = {},
): EventDraft {
  const parsed = contract.payload.safeParse(payload)
  if (!parsed.success) throw new ContractError(contract.type, parsed.error)
  const partitionBy = options.partitionBy ?? contract.partitionBy
  return {
    topic: contract.topic.name,
    type: contract.type,
    payload: parsed.data,
    ...(contract.key && { key: contract.key(parsed.data) }),
    ...(partitionBy === 'type' && { partitionKey: contract.type }),
    ...(options.headers && { headers: options.headers }),
  }
}
