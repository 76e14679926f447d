import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chartDirectory, helmIsMissing } from '../../k8s/helm.ts'
import type { Drill, DrillContext } from '../drill.ts'

const run = promisify(execFile)
const wait = ['--wait', '--timeout', '5m']

export const helmUpgrade: Drill = {
  name: 'helmUpgrade',
  title: '`helm upgrade` and `helm rollback` under load',
  hypothesis:
    'New pods are ready before old ones go; old ones finish what is in flight. Every request is answered, and nothing is lost or doubled.',
  fault: 'helm upgrade that gives every service new pods, then helm rollback, which does so again',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 30_000, caughtUpMs: 45_000 },
  invariants: ['everyRequestAnswered'],
  missing: async () => (await helmIsMissing()) || undefined,
  inject: async (context) => {
    const beganAt = Date.now()
    const change = ['--reuse-values', '--set-string', `serviceDefaults.podAnnotations.drill=${beganAt}`]
    await helm(context, 'upgrade', context.release.name, chartDirectory, ...change, ...wait)
    await rollBack(context)
    return { beganAt, endedAt: Date.now() }
  },
  restore: async (context) => {
    const values = JSON.parse(await helm(context, 'get', 'values', context.release.name, '--output', 'json'))
    if (values?.serviceDefaults?.podAnnotations?.drill !== undefined) await rollBack(context)
  },
}

function rollBack(context: DrillContext): Promise<string> {
  return helm(context, 'rollback', context.release.name, ...wait)
}

async function helm({ release, print }: DrillContext, ...args: string[]): Promise<string> {
  print(`helm ${args.join(' ')}`)
  const { stdout } = await run('helm', [...args, '--namespace', release.namespace])
  return stdout
}
