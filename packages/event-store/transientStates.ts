/** SQLSTATEs that are not what `apply` did: connection, shutdown, resources, read-only, deadlock, serialization. */
const transientState = /^(08...|57P0[1-5]|25P0[34]|53...|25006|40001|40P01)$/

/** Does this error of pg say nothing of the events that were being applied? */
export function isTransient(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && transientState.test(code)
}
