/**
 * A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process at once. A Ctrl-C under
 * npm arrives twice, from the terminal and from npm, so what follows within a second counts as the first.
 */
export function stopSignal(onForce: () => void): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const onSignal = () => {
    if (!controller.signal.aborted) {
      first = performance.now()
      controller.abort()
    } else if (performance.now() - first > 1_000) {
      onForce()
      process.exit(1)
    }
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return controller.signal
}
