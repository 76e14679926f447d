import { CommandError, readArguments, runCommand } from '../scripts/commandLine.ts'
import { makeCertificates } from './certificates.ts'
import { install } from './install.ts'
import { kindDown, kindUp } from './kind.ts'
import { installOperators } from './operators.ts'
import { startPrometheus } from './prometheus/startPrometheus.ts'
import { ShellError } from './shell.ts'
import { printStatus } from './status.ts'

const usage = `npm run kind:up        a kind cluster with operators, image and chart
npm run kind:down      removes it
npm run k8s:operators  Strimzi and CloudNativePG into the current cluster
npm run k8s:certificates  certificates for mtls.enabled, where there is no cert-manager
npm run k8s:install    the chart into the current cluster, or its upgrade
npm run k8s:status     what runs
npm run k8s:prometheus a Prometheus beside the release, with the chart's alerts, for drills; prints its URL

Options of install, status, certificates and kind:up, after --:
  --release NAME     default relevo
  --namespace NAME   default relevo
  --image REF        repository:tag that the cluster's nodes have or can pull
  --values FILE      further values; may be given more than once
  --set KEY=VALUE    a single value; may be given more than once
  --timeout TIME     how long to wait until all is ready; default 10m
Options of prometheus: --release, --namespace, --image and
  --hurry TIMES      windows and waiting times of the alerts are so many times shorter; default 10

Exit code 0: done, and with k8s:status healthy; 1: failed, or not healthy; 2: nothing was done, since something is missing.`

async function main(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args, {
    release: { type: 'string', default: 'relevo' },
    namespace: { type: 'string', short: 'n', default: 'relevo' },
    image: { type: 'string' },
    values: { type: 'string', multiple: true, default: [] },
    set: { type: 'string', multiple: true, default: [] },
    timeout: { type: 'string', default: '10m' },
    hurry: { type: 'string', default: '10' },
  })
  const commands: Record<string, () => Promise<unknown>> = {
    'kind-up': () => kindUp(values),
    'kind-down': kindDown,
    operators: installOperators,
    certificates: () => makeCertificates(values),
    install: () => install(values),
    status: () => printStatus(values),
    prometheus: () => startPrometheus(values),
  }
  const [name = '', ...rest] = positionals
  const command = commands[name]
  if (!command || rest.length > 0)
    throw new CommandError('usage', `There is no command ${positionals.join(' ')}.`)
  try {
    return (await command()) === false ? 1 : 0
  } catch (error) {
    if (!(error instanceof ShellError)) throw error
    console.error(error.message)
    return 1
  }
}

await runCommand(usage, main)
