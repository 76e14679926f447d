import { psql } from '../../../k8s/cluster/psql.ts'
import { waitFor } from '../../../k8s/cluster/waitFor.ts'
import type { Drill, DrillContext } from '../../drill.ts'
import { hasOtherFiles, rollOutFiles, withdrawFiles } from '../../faults/changedFiles.ts'
import { ordersFolder, type StartsWith, withNextSaga } from '../../faults/nextSaga.ts'

const budgetMs = 180_000

export const sagaVersionChanged: Drill = {
  name: 'sagaVersionChanged',
  title: 'A new version of the saga of orders rolled out, and back, with sagas under way',
  hypothesis:
    'A saga keeps the version it was started with: pods without it leave its replies to those that have it, and every saga ends. New orders start with the version of the pod that takes them; every request is answered.',
  fault:
    'a rollout of orders whose saga has a version 2 with a renamed step, one back to version 1 that still knows 2, and one to the release as it was',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 30_000, caughtUpMs: 60_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: ({ release }) =>
    release.postgres
      ? undefined
      : 'who tells the versions apart has to ask Postgres, which is not of the release',
  inject: async (context) => {
    const beganAt = Date.now()
    await countUnderWay(context, 1)
    await rollOut(context, 'next')
    await countUnderWay(context, 2)
    await withdraw(context)
    return { beganAt, endedAt: Date.now() }
  },
  restore: withdraw,
}

/** Nothing new starts with version 2, what has ends, and the release is as it was. Does nothing when it is. */
async function withdraw(context: DrillContext): Promise<void> {
  // Whether or not a saga of version 2 is under way now: pods with the files may start one at any time.
  if (await hasOtherFiles(context, 'orders')) {
    await rollOut(context, 'former')
    await waitFor('the sagas of version 2 to end', budgetMs, async () => (await underWay(context, 2)) === 0)
  }
  await withdrawFiles(context, 'orders')
}

async function rollOut(context: DrillContext, startsWith: StartsWith): Promise<void> {
  context.print(`rollout: orders start with the ${startsWith} version of their saga`)
  await rollOutFiles(context, 'orders', ordersFolder, withNextSaga(startsWith))
}

/** What the drill is about: without sagas under way it shows nothing. */
async function countUnderWay(context: DrillContext, version: number): Promise<void> {
  const count = await waitFor(`sagas of version ${version} to be under way`, budgetMs, async () => {
    return (await underWay(context, version)) || undefined
  })
  context.print(`${count} sagas of version ${version} are under way`)
}

async function underWay({ kube, release }: DrillContext, version: number): Promise<number> {
  const sql = `select count(*) from saga.summary where name = 'sell' and version = ${version} and has_timer`
  const [count] = await psql(kube, release, 'orders', sql)
  return Number(count)
}
