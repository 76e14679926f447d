// npm run new -- <name>: a service that runs, as services/<name> and systems/<name>.ts, and what derives from them.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { allSystems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import { CommandError, readArguments, runCommand, wholeNumber } from './commandLine.ts'
import { root } from './dataDirectory.ts'
import { serviceFiles } from './newService/serviceFiles.ts'
import { parseServiceName } from './newService/serviceName.ts'
import { renderSystemsIndex } from './newService/systemsIndex.ts'

const usage = `npm run new -- <name> [--port N]
Makes services/<name> and systems/<name>.ts: a service that records events and consumes them, with a relay of its own at
the next port. --port: where it listens; default: the first free ten from 5100.`

async function main(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args, { port: { type: 'string' } })
  const [text, ...rest] = positionals
  if (text === undefined || rest.length > 0) throw new CommandError('usage', 'Which name?')
  const name = parseServiceName(text)
  const port = portFor(values.port)
  const files = serviceFiles(name, port)
  requireNew(name.kebab, Object.keys(files))
  for (const [file, content] of Object.entries(files)) write(file, content)
  write('systems/index.ts', renderSystemsIndex(root))
  deriveAll(name.kebab)
  console.log(`services/${name.kebab} and systems/${name.kebab}.ts are there; the rest was generated.
Next: npm install, npm start -- ${name.kebab}, and docs/new-service.md.`)
  return 0
}

function portFor(given: string | undefined): number {
  const taken = new Set(allSystems.flatMap(partsOf).map((part) => part.port))
  if (given === undefined) {
    let port = 5_100
    while (taken.has(port) || taken.has(port + 1)) port += 10
    return port
  }
  const port = wholeNumber('port', given, 1_024, 65_534)
  if (taken.has(port) || taken.has(port + 1))
    throw new CommandError('usage', `Another system has port ${port} or the next, which its relay would get.`)
  return port
}

function requireNew(name: string, files: readonly string[]): void {
  const names = allSystems.flatMap((system) => [system.name, ...partsOf(system).map((part) => part.name)])
  if (names.includes(name)) throw new CommandError('usage', `There is a system or a service ${name}.`)
  const there = files.find((file) => existsSync(join(root, file)))
  if (there !== undefined) throw new CommandError('usage', `${there} is there already.`)
}

function write(file: string, content: string): void {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** In processes of their own: this one has loaded the systems as they were. */
function deriveAll(service: string): void {
  const biome = 'node_modules/@biomejs/biome/bin/biome'
  runNode(biome, 'check', '--write', `services/${service}`, 'systems')
  for (const script of [
    'scripts/generate.ts',
    'scripts/generateOpenApi.ts',
    'scripts/generateReference.ts',
    'k8s/chartVariables.ts',
  ])
    runNode(script)
  runNode(biome, 'format', '--write', 'docs/openapi')
}

function runNode(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

await runCommand(usage, main)
