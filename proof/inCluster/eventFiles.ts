import { execInPod } from '../../k8s/cluster/execInPod.ts'
import type { Kube } from '../../k8s/cluster/kube.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { componentSelector, type Release } from '../../k8s/cluster/release.ts'
import type { EffectsFile } from '../../systems/system.ts'

const budgetMs = 60_000

/** Prints the ids of the events in the file that a variable names. */
const scriptFor = ({ variable, path }: EffectsFile) => `
const fs = require('node:fs')
const path = process.env.${variable} || ${JSON.stringify(path)}
const lines = fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\\n') : []
if (lines.length > 0 && lines.at(-1) !== '') throw new Error('The last line is torn.')
for (const line of lines.slice(0, -1)) console.log(JSON.parse(line).id)
`

/** The ids of the events in the file of each pod of a component. */
export async function readEventFiles(
  kube: Kube,
  release: Release,
  component: string,
  file: EffectsFile,
): Promise<string[][]> {
  const { namespace } = release
  const pods = await listPods(kube, namespace, componentSelector(release, component))
  const command = ['node', '-e', scriptFor(file)]
  const outputs = await Promise.all(
    pods.map(({ name }) =>
      execInPod(kube, { namespace, pod: name, container: component, command, budgetMs }),
    ),
  )
  return outputs.map((output) => output.split('\n').filter((line) => line !== ''))
}
