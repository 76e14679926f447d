import { execInPod } from '../../k8s/cluster/execInPod.ts'
import type { Kube } from '../../k8s/cluster/kube.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { componentSelector, type Release } from '../../k8s/cluster/release.ts'

const budgetMs = 60_000

/** Prints the ids of the events in the file, which is where the service has been told to write it. */
const script = `
const fs = require('node:fs')
const path = process.env.EVENTS_FILE || 'data/events.jsonl'
const lines = fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\\n') : []
if (lines.length > 0 && lines.at(-1) !== '') throw new Error('The last line is torn.')
for (const line of lines.slice(0, -1)) console.log(JSON.parse(line).id)
`

/** The ids of the events in the file of each pod of a component. */
export async function readEventFiles(kube: Kube, release: Release, component: string): Promise<string[][]> {
  const { namespace } = release
  const pods = await listPods(kube, namespace, componentSelector(release, component))
  const command = ['node', '-e', script]
  const outputs = await Promise.all(
    pods.map(({ name }) =>
      execInPod(kube, { namespace, pod: name, container: component, command, budgetMs }),
    ),
  )
  return outputs.map((output) => output.split('\n').filter((line) => line !== ''))
}
