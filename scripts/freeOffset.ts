import { holdPort, isPortFree } from '@relevo/embedded'
import { allSystems } from '../systems/index.ts'
import { planPorts } from './portPlan.ts'

/** Of no service of any system. Held for as long as this process uses the offset, so that no other test run takes it. */
const offsetClaimPort = 2_900

/** A port offset at which every port of every system is free, and stays so. */
export async function freeOffset(): Promise<number> {
  for (let offset = 1_000; offset < 12_000; offset += 137) {
    if (!(await holdPort(offsetClaimPort + offset))) continue
    const { postgres, kafka, valkey = 0, services } = planPorts(allSystems, offset)
    const ports = [postgres, kafka, valkey, ...services.map((service) => service.port)]
    const free = await Promise.all(ports.map(isPortFree))
    if (free.every(Boolean)) return offset
  }
  throw new Error('no offset with free ports')
}
