import { capture, run } from './shell.ts'
import { requireTools } from './tools.ts'

interface Place {
  release: string
  namespace: string
}

/** Prints what of a release runs, and what its services say of themselves. */
export async function printStatus({ release, namespace }: Place): Promise<void> {
  await requireTools('kubectl')
  const label = `--selector=app.kubernetes.io/instance=${release}`
  const kinds = 'deployments,statefulsets,jobs,horizontalpodautoscalers'
  await run('kubectl', ['get', kinds, `--namespace=${namespace}`, label])
  await run('kubectl', ['get', 'kafkas,kafkatopics,kafkausers', `--namespace=${namespace}`, label])
  await run('kubectl', [
    'get',
    'clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io',
    `--namespace=${namespace}`,
    label,
  ])
  await run('kubectl', ['get', 'pods', `--namespace=${namespace}`, '--output=wide'])
  for (const { name, path } of await questions({ release, namespace }))
    console.log(`${name} ${path}: ${await ask(namespace, name, path)}`)
}

/** What is worth asking, by the service's component. */
const paths: Record<string, string> = {
  messages: '/stats',
  'message-processor': '/stats',
  notifications: '/channels',
}
/** What every relay tells. */
const relayPath = '/status'

async function questions({ release, namespace }: Place): Promise<Array<{ name: string; path: string }>> {
  const format = String.raw`{range .items[*]}{.metadata.name} {.metadata.labels.app\.kubernetes\.io/component}{"\n"}{end}`
  const selector = `app.kubernetes.io/instance=${release}`
  const output = await capture('kubectl', [
    'get',
    'services',
    `--namespace=${namespace}`,
    `--selector=${selector}`,
    `--output=jsonpath=${format}`,
  ])
  const lines = output.split('\n').filter((line) => line !== '')
  return lines.flatMap((line) => {
    const [name, component] = line.split(' ')
    const path = component?.startsWith('relay-') ? relayPath : paths[component ?? '']
    return name && path ? [{ name, path }] : []
  })
}

/** Asks through the API server, which reaches services from wherever kubectl works. */
async function ask(namespace: string, service: string, path: string): Promise<string> {
  const url = `/api/v1/namespaces/${namespace}/services/${service}:http/proxy${path}`
  try {
    return (await capture('kubectl', ['get', '--raw', url])).trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
