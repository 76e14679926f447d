import { type ParseArgsConfig, parseArgs } from 'node:util'
import { install } from './install.ts'
import { kindDown, kindUp } from './kind.ts'
import { installOperators } from './operators.ts'
import { printStatus } from './status.ts'
import { PrerequisiteError } from './tools.ts'

const usage = `npm run kind:up        a kind cluster with operators, image and chart
npm run kind:down      removes it
npm run k8s:operators  Strimzi and CloudNativePG into the current cluster
npm run k8s:install    the chart into the current cluster, or its upgrade
npm run k8s:status     what runs

Options of install, status and kind:up, after --:
  --release NAME     default relevo
  --namespace NAME   default relevo
  --image REF        repository:tag that the cluster's nodes have or can pull
  --values FILE      further values; may be given more than once
  --set KEY=VALUE    a single value; may be given more than once
  --timeout TIME     how long to wait until all is ready; default 10m

Exit code 0: done, and with k8s:status healthy; 1: failed, or not healthy; 2: nothing was done, since something is missing.`

/** @returns whether all is well. */
async function main(args: string[]): Promise<boolean> {
  const { positionals, values } = readArguments(args)
  const commands: Record<string, () => Promise<unknown>> = {
    'kind-up': () => kindUp(values),
    'kind-down': kindDown,
    operators: installOperators,
    install: () => install(values),
    status: () => printStatus(values),
  }
  const command = positionals.length === 1 && commands[positionals[0] ?? '']
  if (!command) throw new PrerequisiteError(usage)
  return (await command()) !== false
}

function readArguments(args: string[]) {
  const config = {
    args,
    allowPositionals: true,
    options: {
      release: { type: 'string', default: 'relevo' },
      namespace: { type: 'string', default: 'relevo' },
      image: { type: 'string' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      timeout: { type: 'string', default: '10m' },
    },
  } satisfies ParseArgsConfig
  try {
    return parseArgs(config)
  } catch (error) {
    throw new PrerequisiteError(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof PrerequisiteError ? 2 : 1
}
