/** There is no cluster, or no release in it, to work on; nothing was done. The message is for people. */
export class ClusterError extends Error {}

/** The exit code for an error of a command: 2, with its message printed, for a {@link ClusterError}. @throws every other. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof ClusterError)) throw error
  console.error(error.message)
  return 2
}
