/**
 * How long records gather for a consumer that handles them in batches, one of the steps of an order for example: long enough for some
 * tens of them under load, and short beside what an order takes. See `InboxOptions.gatherMs`.
 */
export const gatherMs = 40
