import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { PortForward } from '@kubernetes/client-node'
import { connectKube, type Kube } from '../k8s/cluster/kube.ts'
import { readOperatorToken } from '../k8s/cluster/operatorToken.ts'
import { listPods } from '../k8s/cluster/pods.ts'
import { componentSelector, findRelease, type Release, type ReleaseChoice } from '../k8s/cluster/release.ts'
import { CommandError } from '../scripts/commandLine.ts'
import { mailService, type Places, type ServiceName, serviceNames, type Urls } from './places.ts'

/**
 * Forwards a port of this machine to a pod of each service, through the API server.
 * @throws CommandError `cannotRun` when a service has no pod that is ready.
 */
export async function releasePlaces(choice: ReleaseChoice): Promise<Places> {
  const kube = await connectKube()
  const release = await findRelease(kube, choice)
  const servers: Server[] = []
  const urls: [ServiceName, string][] = []
  for (const name of serviceNames.filter((each) => each !== mailService || release.workloads[each])) {
    const server = await forward(kube, release, name)
    servers.push(server)
    urls.push([name, `http://127.0.0.1:${(server.address() as AddressInfo).port}`])
  }
  return {
    urls: Object.fromEntries(urls) as Urls,
    operatorToken: await readOperatorToken(kube, release, 'orders'),
    close: () => {
      for (const server of servers) server.close()
    },
  }
}

async function forward(kube: Kube, release: Release, component: ServiceName): Promise<Server> {
  const { namespace } = release
  const pods = await listPods(kube, namespace, componentSelector(release, component))
  const pod = pods.find(({ ready, leaving }) => ready && !leaving)
  if (!pod)
    throw new CommandError('cannotRun', `No pod of ${component} is ready: npm run k8s:status says why.`)
  const { spec } = await kube.core.readNamespacedPod({ namespace, name: pod.name })
  const port = spec?.containers[0]?.ports?.[0]?.containerPort ?? 0
  const forwarder = new PortForward(kube.config)
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    forwarder.portForward(namespace, pod.name, [port], socket, null, socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
