/** The parts of a pod's status that say why it does not serve. */
export interface PodStatus {
  readonly conditions?: readonly Condition[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

interface ContainerStatus {
  readonly ready: boolean
  readonly restartCount: number
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly reason?: string; readonly exitCode: number }
}

/** Why a pod is not ready, to go after its name. */
export function explainPod({ conditions, initContainerStatuses, containerStatuses }: PodStatus): string {
  const unscheduled = conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) return `finds no node (${unscheduled.message ?? unscheduled.reason})`
  const containers = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])]
  const waiting = containers.find(({ state }) => state?.waiting?.reason)
  if (waiting) return explainWaiting(waiting)
  const unready = containers.find(({ ready }) => !ready)
  const restarts = unready?.restartCount ? `, restarted ${unready.restartCount} times` : ''
  return unready ? `runs and is not ready${restarts}` : 'is being made'
}

function explainWaiting({ state, lastState, restartCount }: ContainerStatus): string {
  const { reason, message } = state?.waiting ?? {}
  const ended = lastState?.terminated
  const last = ended ? `, last ended with ${ended.reason ?? 'exit'} ${ended.exitCode}` : ''
  const restarts = restartCount > 0 ? `, restarted ${restartCount} times` : ''
  return `waits: ${reason}${message && !ended ? ` (${message})` : ''}${last}${restarts}`
}
