import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { planPorts } from '../scripts/portPlan.ts'
import { renderTable } from '../scripts/renderTable.ts'
import { allSystems } from '../systems/index.ts'
import { withUrls } from '../systems/parts.ts'
import { buildImage } from './buildImage.ts'
import { type InstallOptions, install } from './install.ts'
import { installOperators } from './operators.ts'
import { capture, run } from './shell.ts'
import { requireTools } from './tools.ts'

const cluster = 'relevo'
const root = join(import.meta.dirname, '..')

/** Makes the kind cluster unless it is there, with operators, image and chart, and prints where the services answer. */
export async function kindUp(options: InstallOptions): Promise<void> {
  await requireTools('kind', 'docker', 'kubectl', 'helm')
  const clusters = (await capture('kind', ['get', 'clusters'])).split('\n')
  if (!clusters.includes(cluster))
    await run('kind', ['create', 'cluster', `--config=${join(root, 'kind-config.yaml')}`, '--wait=3m'])
  await useKubeconfig()
  await installOperators()
  const image = await buildImage()
  await run('kind', ['load', 'docker-image', image, `--name=${cluster}`])
  const values = [join(root, 'k8s/kind-values.yaml'), ...(options.values ?? [])]
  await install({ ...options, image, values })
  const { services } = planPorts(allSystems, 0)
  const urls = new Map(services.map(({ name, port }) => [name, `http://localhost:${port}`]))
  const commands = allSystems.flatMap(({ tryIt }) =>
    tryIt.map((line) => withUrls(line, (name) => urls.get(name))),
  )
  console.log(`
${renderTable([...urls])}

  ${commands.join('\n  ')}
  kubectl --context kind-${cluster} --namespace ${options.namespace} get pods
  npm run kind:down`)
}

/** Removes the kind cluster and all that is in it. */
export async function kindDown(): Promise<void> {
  await requireTools('kind', 'docker')
  await run('kind', ['delete', 'cluster', `--name=${cluster}`])
}

/** The current context may be another cluster's: whatever follows in this process is meant for kind's. */
async function useKubeconfig(): Promise<void> {
  const directory = join(root, '.relevo')
  const file = join(directory, 'kind-kubeconfig')
  await mkdir(directory, { recursive: true })
  await writeFile(file, await capture('kind', ['get', 'kubeconfig', `--name=${cluster}`]), { mode: 0o600 })
  process.env.KUBECONFIG = file
}
