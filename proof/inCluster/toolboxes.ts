import type { Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import type { SystemName } from '../../systems/index.ts'
import { Toolbox } from './toolbox.ts'

/** A toolbox for each system, made when it is first asked for. `close` removes them. */
export class Toolboxes {
  readonly #kube: Kube
  readonly #release: Release
  readonly #open = new Map<SystemName, Toolbox>()

  constructor(kube: Kube, release: Release) {
    this.#kube = kube
    this.#release = release
  }

  async open(system: SystemName): Promise<Toolbox> {
    const toolbox = this.#open.get(system) ?? (await Toolbox.open(this.#kube, this.#release, system))
    this.#open.set(system, toolbox)
    return toolbox
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((toolbox) => toolbox.close()))
  }
}
