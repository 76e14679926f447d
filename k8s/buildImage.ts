import { join } from 'node:path'
import { capture, run } from './shell.ts'

const repository = 'localhost/relevo'

/** The index of all platforms of Node.js 24.18.0 on bookworm-slim. */
export const baseImage =
  'docker.io/library/node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d'

/**
 * Builds the image of the services with Docker, from a base that is named by its digest, and returns its name. The tag is made of what the image holds, so that
 * a change rolls the pods and no change leaves them alone. An attestation would make it another image each time, since it
 * tells the time, and `kind load` cannot take one (https://github.com/kubernetes-sigs/kind/issues/3795).
 */
export async function buildImage(): Promise<string> {
  const latest = `${repository}:dev`
  const base = `--build-arg=NODE_IMAGE=${baseImage}`
  await run('docker', ['build', base, `--tag=${latest}`, join(import.meta.dirname, '..')], {
    env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
  })
  const id = (await capture('docker', ['image', 'inspect', '--format={{.Id}}', latest])).trim()
  const image = `${repository}:${id.replace('sha256:', '').slice(0, 12)}`
  await run('docker', ['tag', latest, image])
  return image
}
