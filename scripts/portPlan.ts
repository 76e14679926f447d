import { type Part, partsOf } from '../systems/parts.ts'
import type { System } from '../systems/system.ts'

export const postgresPort = 15_432
export const kafkaPort = 19_092
export const valkeyPort = 16_379
export const mailPort = 1_025
export const mailboxPort = 8_025

export interface PlannedService extends Part {
  readonly system: string
  /** The port of its own that it could not have because an earlier system has it. */
  readonly movedFrom?: number
}

export interface PortPlan {
  postgres: number
  kafka: number
  services: PlannedService[]
  /** Of the cache; undefined: nobody caches anything. */
  valkey?: number
  /** Where mails go, and the page that shows them; undefined: nobody sends any. */
  mail?: { smtp: number; page: number }
}

/**
 * Gives every service a port: its own plus the offset, or, where an earlier system claims that one, the next that is
 * free 10 steps further up.
 */
export function planPorts(systems: readonly System[], offset: number): PortPlan {
  const claimed = new Set<number>()
  const services = systems.flatMap((system) =>
    partsOf(system).map((service): PlannedService => {
      const wanted = service.port + offset
      let port = wanted
      while (claimed.has(port)) port += 10
      claimed.add(port)
      const moved = port === wanted ? {} : { movedFrom: wanted }
      return { ...service, port, system: system.name, ...moved }
    }),
  )
  const caches = systems.some((system) => system.services.some((service) => service.caches !== undefined))
  const valkey = caches ? { valkey: valkeyPort + offset } : {}
  const mails = systems.some((system) => system.services.some(({ sendsMail }) => sendsMail))
  const mail = mails ? { mail: { smtp: mailPort + offset, page: mailboxPort + offset } } : {}
  return { postgres: postgresPort + offset, kafka: kafkaPort + offset, services, ...valkey, ...mail }
}

/** The plan with the ports that its services would rather have, where they can have them. */
export async function withPreferredPorts(
  plan: PortPlan,
  canHave: (port: number) => Promise<boolean>,
): Promise<PortPlan> {
  const services = plan.services.map(async (service) => {
    const { preferredPort: port } = service
    return port !== undefined && (await canHave(port)) ? { ...service, port } : service
  })
  return { ...plan, services: await Promise.all(services) }
}

/** Who wants a port. */
export interface PortUser {
  port: number
  name: string
}

/** The error for ports that are taken. */
export function takenPortsMessage(users: readonly PortUser[]): string {
  const list = users.map(({ port, name }) => `${port} (${name})`).join(', ')
  const plural = users.length > 1
  return `${plural ? 'Ports are' : 'A port is'} taken by another process: ${list}. Stop ${plural ? 'what uses them' : 'it'}, or move every port with: npm start -- --port-offset 100`
}
