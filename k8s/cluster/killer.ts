import type { V1Pod } from '@kubernetes/client-node'
import { execInPod } from './execInPod.ts'
import { ignoreMissing, type Kube } from './kube.ts'
import type { Pod } from './pods.ts'
import type { Release } from './release.ts'
import { podSpecOf } from './scale.ts'
import { waitFor } from './waitFor.ts'

/** Where pods may look at the node; namespaces of applications often forbid it. */
const namespace = 'kube-system'
const budgetMs = 60_000
const container = 'kill'

/**
 * Finds the processes of a pod by their control group and kills them, all but the one that holds the pod's network.
 * It prints when, and how many.
 */
const script = `
const fs = require('node:fs')
const uid = process.argv[1]
const pids = []
for (const pid of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
  try {
    const group = fs.readFileSync('/proc/' + pid + '/cgroup', 'utf8').replaceAll('_', '-')
    if (group.includes(uid) && fs.readFileSync('/proc/' + pid + '/comm', 'utf8').trim() !== 'pause') pids.push(Number(pid))
  } catch {}
}
const at = Date.now()
for (const pid of pids) try { process.kill(pid, 'SIGKILL') } catch {}
console.log(JSON.stringify({ at, killed: pids.length }))
`

/** Kills the processes of pods of one node. `close` it. */
export interface Killer {
  /**
   * Kills every process of a pod with SIGKILL; its containers are started again in the same pod.
   * @returns when, in milliseconds since 1970. @throws Error when nothing was killed.
   */
  kill(pod: Pod): Promise<number>
  close(): Promise<void>
}

/**
 * A pod that may look at its node. Deleting a pod, even with no grace, sends SIGTERM first, and a process cannot kill
 * the first one of its own container: SIGKILL has to come from the node.
 * @throws Error when the cluster does not let us.
 */
export async function openKiller(kube: Kube, release: Release, node: string): Promise<Killer> {
  const { containers } = await podSpecOf(kube, release, Object.keys(release.workloads)[0] ?? '')
  const image = containers[0]?.image ?? ''
  const { metadata } = await kube.core.createNamespacedPod({ namespace, body: killerPod(image, node) })
  const name = metadata?.name ?? ''
  const close = async () =>
    void (await kube.core
      .deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 })
      .catch(ignoreMissing))
  try {
    await waitFor('the killer to run', budgetMs, async () => {
      const { status } = await kube.core.readNamespacedPod({ name, namespace })
      return status?.phase === 'Running'
    })
  } catch (error) {
    await close()
    throw error
  }
  return { kill: (pod) => kill(kube, name, pod), close }
}

/** Kills the processes of one pod. */
export async function killPod(kube: Kube, release: Release, pod: Pod): Promise<number> {
  const killer = await openKiller(kube, release, pod.node)
  return killer.kill(pod).finally(killer.close)
}

async function kill(kube: Kube, name: string, target: Pod): Promise<number> {
  const command = ['node', '-e', script, target.uid]
  const output = await execInPod(kube, { namespace, pod: name, container, command, budgetMs })
  const { at, killed } = JSON.parse(output) as { at: number; killed: number }
  if (killed === 0) throw new Error(`No process of pod ${target.name} was found on node ${target.node}.`)
  return at
}

function killerPod(image: string, node: string): V1Pod {
  return {
    metadata: { generateName: 'relevo-kill-', namespace },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: 1_800,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      hostPID: true,
      nodeName: node,
      containers: [
        {
          name: container,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '1800'],
          securityContext: { runAsUser: 0, privileged: true },
        },
      ],
    },
  }
}
