import type { System } from '../../systems/system.ts'
import { planPorts } from '../portPlan.ts'
import { replaceGenerated } from './marked.ts'

const firstNodePort = 30_000

function nodePorts(systems: readonly System[]): { name: string; port: number; nodePort: number }[] {
  return planPorts(systems, 0).services.map(({ name, port }, index) => ({
    name,
    port,
    nodePort: firstNodePort + index,
  }))
}

/** The ports of kind-config.yaml: each service answers on this machine where `npm start` would have it. */
export function renderKindConfig(systems: readonly System[], current: string): string {
  const lines = nodePorts(systems).map(
    ({ port, nodePort }) => `- { containerPort: ${nodePort}, hostPort: ${port}, listenAddress: 127.0.0.1 }`,
  )
  return replaceGenerated(current, 'ports', lines)
}

/** k8s/kind-values.yaml: the node ports that kind-config.yaml forwards to. */
export function renderKindValues(systems: readonly System[], current: string): string {
  const relays = new Set(systems.flatMap((system) => system.relays.map(({ name }) => name)))
  const lines = (ofRelays: boolean) =>
    nodePorts(systems)
      .filter(({ name }) => relays.has(name) === ofRelays)
      .map(({ name, nodePort }) => {
        const key = ofRelays ? name.replace(/^relay-/, '') : name
        return `${key}: { service: { type: NodePort, nodePort: ${nodePort} } }`
      })
  return replaceGenerated(replaceGenerated(current, 'services', lines(false)), 'relays', lines(true))
}
