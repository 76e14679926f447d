import { join } from 'node:path'
import { capture, run } from './shell.ts'

const repository = 'localhost/relevo'

/**
 * Builds the image of the services with Docker and returns its name. The tag is made of what the image holds, so that
 * a change rolls the pods and no change leaves them alone. An attestation would make it another image each time, since it
 * tells the time, and `kind load` cannot take one (https://github.com/kubernetes-sigs/kind/issues/3795).
 */
export async function buildImage(): Promise<string> {
  const latest = `${repository}:dev`
  await run('docker', ['build', `--tag=${latest}`, join(import.meta.dirname, '..')], {
    env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
  })
  const id = (await capture('docker', ['image', 'inspect', '--format={{.Id}}', latest])).trim()
  const image = `${repository}:${id.replace('sha256:', '').slice(0, 12)}`
  await run('docker', ['tag', latest, image])
  return image
}
