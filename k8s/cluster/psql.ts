import { execInPod } from './execInPod.ts'
import type { Kube } from './kube.ts'
import { listPods } from './pods.ts'
import { postgresSelector, type Release } from './release.ts'

const budgetMs = 60_000

/** Runs SQL as the superuser, in the primary's pod. @returns its rows, columns separated by `|`. @throws psql's words. */
export async function psql(kube: Kube, release: Release, database: string, sql: string): Promise<string[]> {
  const { namespace, postgres } = release
  if (!postgres) throw new Error('The release has no Postgres of its own.')
  const [primary] = await listPods(kube, namespace, postgresSelector(postgres.name, 'primary'))
  if (!primary) throw new Error(`${postgres.name} has no primary.`)
  const options = ['--no-psqlrc', '--tuples-only', '--no-align', '--quiet', '--set=ON_ERROR_STOP=1']
  const command = ['psql', ...options, `--dbname=${database}`, `--command=${sql}`]
  const output = await execInPod(kube, {
    namespace,
    pod: primary.name,
    container: 'postgres',
    command,
    budgetMs,
  })
  return output.split('\n').filter((line) => line !== '')
}
