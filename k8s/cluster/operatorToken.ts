import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { mountedSecret, readSecret } from './secrets.ts'

/** The token of operators that a component is started with; undefined when it has none. */
export async function readOperatorToken(
  kube: Kube,
  release: Release,
  component: string,
): Promise<string | undefined> {
  const { secretName, items = [] } = (await mountedSecret(kube, release, component, 'operator')) ?? {}
  if (secretName === undefined) return undefined
  const texts = await readSecret(kube, release, secretName)
  return texts[items[0]?.key ?? 'token']
}
