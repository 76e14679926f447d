import { connectKube } from '../../k8s/cluster/kube.ts'
import { findRelease, type ReleaseChoice } from '../../k8s/cluster/release.ts'
import type { SystemName } from '../../systems/index.ts'
import type { Proof } from '../proof.ts'
import { Toolbox } from './toolbox.ts'

/** Proves a ledger from within the cluster of the current kubeconfig. @param ledger the lines of the ledger. */
export async function proveInCluster(
  choice: ReleaseChoice,
  ledger: string,
  { system, contentPrefix, quietMs }: { system: SystemName; contentPrefix: string; quietMs: number },
): Promise<Proof> {
  const kube = await connectKube()
  const toolbox = await Toolbox.open(kube, await findRelease(kube, choice), system)
  try {
    const { proof } = await toolbox.prove({ ledgerFile: '-', contentPrefix, quietMs }, ledger)
    return proof
  } finally {
    await toolbox.close()
  }
}
