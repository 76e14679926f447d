import { globSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, temporaryDirectory } from '@relevo/embedded'
import { root } from '../dataDirectory.ts'
import { runPage } from './runPage.ts'

/** The pages whose commands are run, in this order: those behind the tutorial go on in the service that it makes. */
export function pagesToRun(): string[] {
  return ['docs/tutorial.md', ...globSync('docs/how-to/*.md', { cwd: root }).sort()]
}

/**
 * Runs every command of tutorial and how-tos, with the packages from the tarballs in a folder.
 * @param offset at which the ports of every system are free.
 */
export async function tryDocs(
  tarballs: string,
  offset: number,
  print: (line: string) => void,
): Promise<void> {
  const folder = temporaryDirectory()
  symlinkSync(root, join(folder, 'relevo'))
  symlinkSync(tarballs, join(folder, 'packages'))
  mkdirSync(join(folder, 'data'))
  const port = await freePort()
  const surroundings = {
    places: {
      'a new folder': folder,
      'the service of the tutorial': join(folder, 'my-service'),
      'the repository': root,
    },
    variables: { RELEVO_DATA_DIRECTORY: join(folder, 'data'), PORT: String(port) },
    replaced: [
      ['127.0.0.1:3000', `127.0.0.1:${port}`],
      ['npm start -- messages', `npm start -- messages --port-offset ${offset}`],
    ] as const,
  }
  try {
    for (const page of pagesToRun()) {
      const started = performance.now()
      const steps = await runPage(join(root, page), surroundings)
      print(`${page}: ${steps} commands run (${((performance.now() - started) / 1_000).toFixed(0)} s)`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
