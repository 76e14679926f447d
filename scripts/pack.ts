// npm run pack: makes a tarball of each package that is published, and tries them as somebody else would.
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { startKafka, startPostgres, temporaryDirectory } from '@relevo/embedded'
import { CommandError, readArguments, runCommand } from './commandLine.ts'
import { tryDocs } from './docs/tryDocs.ts'
import { freeOffset } from './freeOffset.ts'
import { buildPackages } from './pack/build.ts'
import { lintTarballs, type Servers, tryPackages } from './pack/check.ts'

const usage = `npm run pack [-- options]

  --out DIR   where the tarballs go; default: a new temporary folder
  --check     look at them with publint and attw, install them into an empty project there, type-check every export by two
              resolutions, and run the first example of each README against a Postgres and a Kafka of their own; then do what
              the tutorial and the how-tos of docs/ say`

const options = { out: { type: 'string' }, check: { type: 'boolean', default: false } } as const

await runCommand(usage, async (args) => {
  const { values } = readArguments(args, options)
  const directory = values.out === undefined ? temporaryDirectory() : resolve(values.out)
  mkdirSync(directory, { recursive: true })
  const tarballs = await buildPackages(directory)
  for (const file of tarballs) console.log(file)
  if (values.check) await check(directory, tarballs)
  return 0
})

async function check(directory: string, tarballs: readonly string[]): Promise<void> {
  const faults = await lintTarballs(tarballs)
  if (faults.length > 0)
    throw new CommandError('cannotRun', `The packages are not fit to be published:\n${faults.join('\n')}`)
  await withServers((servers) => tryPackages(directory, tarballs, servers, console.log))
  await tryDocs(directory, await freeOffset(), console.log)
}

async function withServers(work: (servers: Servers) => Promise<void>): Promise<void> {
  const directory = temporaryDirectory()
  const [postgres, kafka] = await Promise.all([
    startPostgres({ directory: `${directory}/postgres` }),
    startKafka({ directory: `${directory}/kafka` }),
  ])
  try {
    await work({ databaseUrl: postgres.url, brokers: kafka.brokers.join(',') })
  } finally {
    await Promise.all([postgres.stop(), kafka.stop()])
    rmSync(directory, { recursive: true, force: true })
  }
}
