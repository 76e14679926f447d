import type { z } from 'zod'

export const contractErrorCodes = { invalidPayload: 'invalidPayload' } as const
export type ContractErrorCode = keyof typeof contractErrorCodes

/** An event violates its contract: a bug in the service that records it. */
export class ContractError extends Error {
  readonly code: ContractErrorCode = contractErrorCodes.invalidPayload
  readonly retryable = false

  constructor(type: string, cause: z.ZodError) {
    const places = cause.issues.map(
      ({ path, message }) => `${path.map(String).join('.') || 'payload'}: ${message}`,
    )
    super(`The payload of ${type} does not keep its contract: ${places.join('; ')}`, { cause })
    this.name = 'ContractError'
  }
}
