import { setTimeout as delay } from 'node:timers/promises'
import { askOwnService } from '../../../k8s/askOwnService.ts'
import { execInPod } from '../../../k8s/cluster/execInPod.ts'
import { componentSelector } from '../../../k8s/cluster/release.ts'
import { waitFor } from '../../../k8s/cluster/waitFor.ts'
import type { Drill, DrillContext } from '../../drill.ts'
import {
  type ClosedWindow,
  judgeClosing,
  judgeRebuild,
  type Rebuild,
  type Revision,
} from '../../windows/judgeWindows.ts'
import { readyPod } from '../pick.ts'

const database = 'analytics'
const rebuildBudgetMs = 300_000
/** By then a window is closed, or is late. */
const closedWithinMs = 40_000

export const analyticsRebuilt: Drill = {
  name: 'analyticsRebuilt',
  title: 'Windows rebuilt from Kafka under load, and closed with and without it',
  hypothesis:
    'A rebuild reads all events again beside the live ones and finds nothing to correct: windows closed before stay as they are, byte for byte. A window closes within 35 s of its end while it runs, and when the traffic has stopped.',
  fault: 'POST /rebuilds; the load goes on over the end of a window',
  budget: { firstDeliveryMs: 2_000, firstEffectMs: 2_000, caughtUpMs: 5_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => {
    const end = await nextWindowEnd(context)
    const beganAt = Date.now()
    await requestRebuild(context)
    const { id } = await lastRebuild(context)
    await waitFor('the rebuild to end', rebuildBudgetMs, async () => {
      return (await lastRebuild(context)).ended_at !== null
    })
    const endedAt = Date.now()
    context.print(`rebuild ${id} took ${((endedAt - beganAt) / 1_000).toFixed(1)} s`)
    await untilClosed(context, end)
    return { beganAt, endedAt }
  },
  findProblems: async (context, { loadBeganAt, loadEndedAt }) => {
    await untilClosed(context, await nextWindowEnd(context))
    const [rebuild, windows] = [await lastRebuild(context), await closedSince(context, loadBeganAt)]
    return [
      ...judgeRebuild(rebuild, await revisionsSince(context, rebuild)),
      ...judgeClosing(windows, { loadBeganAt, loadEndedAt }),
    ]
  },
}

function untilClosed({ print }: DrillContext, end: number): Promise<void> {
  print(`waiting for the window to close that ends at ${new Date(end).toISOString().slice(11, 19)}`)
  return delay(Math.max(0, end + closedWithinMs - Date.now()))
}

async function nextWindowEnd({ toolbox }: DrillContext): Promise<number> {
  const sql = `
select ceil(extract(epoch from clock_timestamp()) / (window_minutes * 60))::float8 * window_minutes * 60000 as end
from closing order by closed_until desc limit 1`
  const [found] = await toolbox.query<{ end: number }>(database, sql)
  if (!found) throw new Error('No window has ever been closed.')
  return found.end
}

/** By the pod itself, which has the token of operators. */
async function requestRebuild(context: DrillContext): Promise<void> {
  const { kube, release } = context
  const { name, namespace } = await readyPod(context, componentSelector(release, database))
  const script = askOwnService({ path: '/rebuilds', method: 'POST', status: 202 })
  const command = ['node', '--eval', script]
  await execInPod(kube, { namespace, pod: name, container: database, command, budgetMs: 30_000 })
}

async function lastRebuild({ toolbox }: DrillContext): Promise<Rebuild> {
  const sql = `
select id::text, ended_at, error, corrected::float8, requested_at,
  (select sum(next_offset - start_offset) from rebuild_partition where rebuild_id = r.id)::float8 as read
from rebuild r order by r.id desc limit 1`
  const [found] = await toolbox.query<Rebuild>(database, sql)
  if (!found) throw new Error('Nobody has asked for a rebuild.')
  return found
}

/** What has been revised since the rebuild began, of the windows that were closed before. */
function revisionsSince({ toolbox }: DrillContext, { requested_at }: Rebuild): Promise<Revision[]> {
  const sql = `
select window_start, revision from window_report r
where closed_at > $1 and exists (select from window_report o
  where o.window_minutes = r.window_minutes and o.window_start = r.window_start and o.closed_at <= $1)`
  return toolbox.query(database, sql, [requested_at])
}

/** The windows that have ended since a time, as they were closed. */
function closedSince({ toolbox }: DrillContext, since: number): Promise<ClosedWindow[]> {
  const sql = `
select ends_at, extract(epoch from closed_at)::float8 * 1000 as closed_at, events::float8
from window_report, lateral (
  select extract(epoch from window_start + make_interval(mins => window_minutes))::float8 * 1000 as ends_at
) w
where revision = 1 and ends_at >= $1::float8 order by ends_at`
  return toolbox.query(database, sql, [since])
}
