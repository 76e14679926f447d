import { InboxError } from '@relevo/inbox'
import type { SagaReply } from './definition.ts'

/** Anything with zod's `parse`. */
export interface ReplySchema<T> {
  parse(value: unknown): T
}

/**
 * Checks the data of a reply before `use` gets them. A reply that does not match becomes a dead letter; the saga continues with
 * its time-out.
 */
export function onReply<T, Data, Result>(
  schema: ReplySchema<T>,
  use: (data: Data, reply: T) => Result,
): (data: Data, reply: SagaReply) => Result {
  return (data, reply) => use(data, parse(schema, reply))
}

/** For a reply that does not change the saga's data. */
export function keep<Data>(data: Data): Data {
  return data
}

function parse<T>(schema: ReplySchema<T>, { type, data }: SagaReply): T {
  try {
    return schema.parse(data)
  } catch (cause) {
    throw new InboxError('rejected', `The reply ${type} does not have the data that its saga needs`, {
      cause,
    })
  }
}
