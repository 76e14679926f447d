import { execFile, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Drill, DrillContext } from '../drill.ts'

const run = promisify(execFile)
const chart = resolve(import.meta.dirname, '../../charts/relevo')
const timeout = '5m'

export const helmUpgrade: Drill = {
  name: 'helmUpgrade',
  title: '`helm upgrade` under load',
  hypothesis:
    'New pods are ready before old ones go; old ones finish what is in flight. Every request is answered, and nothing is lost or doubled.',
  steadyState: 'Every service is ready and the ledger in order.',
  fault: 'helm upgrade that gives every service new pods; helm rollback afterwards',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 30_000, caughtUpMs: 45_000 },
  invariants: ['everyRequestAnswered'],
  missing: () => (spawnSync('helm', ['version']).error ? 'helm is not on the PATH' : undefined),
  inject: async (context) => {
    const beganAt = Date.now()
    const set = ['--reuse-values', '--set-string', `serviceDefaults.podAnnotations.drill=${beganAt}`]
    await helm(context, 'upgrade', context.release.name, chart, ...set, '--wait', '--timeout', timeout)
    return { beganAt, endedAt: Date.now() }
  },
  restore: async (context) => {
    await helm(context, 'rollback', context.release.name, '--wait', '--timeout', timeout)
  },
}

async function helm({ release, print }: DrillContext, ...args: string[]): Promise<void> {
  print(`helm ${args.join(' ')}`)
  await run('helm', [...args, '--namespace', release.namespace])
}
