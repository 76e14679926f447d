import { parseArgs } from 'node:util'
import { install } from './install.ts'
import { kindDown, kindUp } from './kind.ts'
import { installOperators } from './operators.ts'
import { printStatus } from './status.ts'

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
  --timeout TIME     how long to wait until all is ready; default 5m`

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      release: { type: 'string', default: 'relevo' },
      namespace: { type: 'string', default: 'relevo' },
      image: { type: 'string' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      timeout: { type: 'string', default: '5m' },
    },
  })
  const commands: Record<string, () => Promise<void>> = {
    'kind-up': () => kindUp(values),
    'kind-down': kindDown,
    operators: installOperators,
    install: () => install(values),
    status: () => printStatus(values),
  }
  const command = positionals.length === 1 && commands[positionals[0] ?? '']
  if (!command) throw new Error(usage)
  await command()
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
