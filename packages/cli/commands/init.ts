import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { exitCodes, type Session } from '../command.ts'
import { makeProject } from '../init/makeProject.ts'
import { type PackageSource, registry, tarballsIn } from '../init/packageSource.ts'
import type { Runner } from '../runCommand.ts'

interface Options {
  readonly packages?: string
}

export function addInit(program: Command, run: Runner): void {
  program
    .command('init')
    .description('makes a service of your own in a new folder: outbox, relay, consumer, tests, npm start')
    .argument('<folder>', 'where it goes; its name becomes that of the package')
    .option('--packages <folder>', 'takes the packages of Relevo from the tarballs in this folder')
    .action(run(init, { databases: false }))
}

async function init({ output, json }: Session, folder: string, { packages }: Options): Promise<number> {
  const target = resolve(folder)
  const source: PackageSource = packages === undefined ? registry : tarballsIn(resolve(packages))
  const files = makeProject(target, source)
  if (json) output.out(JSON.stringify({ folder: target, files }))
  else output.out(nextSteps(folder, target))
  return exitCodes.done
}

function nextSteps(folder: string, target: string): string {
  const enter = target === resolve('.') ? [] : [`  cd ${quoted(folder)}`]
  return [
    `${basename(target)} is there: a service with an outbox, a relay, a consumer and tests. Next:`,
    '',
    ...enter,
    '  npm install',
    '  npm start      # runs it here, with a Postgres and a Kafka of its own, and says what to try',
    '  npm test       # the same on servers of their own, and what has to hold',
    '',
    'It needs Node.js 22.22 or later, and for Kafka Java 17 or later with Maven, or Docker.',
    'To use servers that you have, set DATABASE_URL and KAFKA_BROKERS. README.md goes on from there.',
  ].join('\n')
}

function quoted(folder: string): string {
  return /^[\w./@-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`
}
