import { askOwnService } from './askOwnService.ts'
import { describeAnswer, noAnswer, type Question, questionsOf } from './askServices.ts'
import { countChecked, describeHealth, type Finding, findProblems } from './health.ts'
import { type Place, readRelease } from './readRelease.ts'
import { capture, run } from './shell.ts'
import { requireCluster, requireTools } from './tools.ts'

/**
 * Prints what of a release runs, what its services say of themselves, and in the last line whether it is healthy, or what is not
 * and why. @returns whether it is.
 */
export async function printStatus(place: Place): Promise<boolean> {
  await requireTools('kubectl')
  await requireCluster()
  const resources = await readRelease(place)
  if (countChecked(resources) > 0) await printTables(place)
  const findings = findProblems(resources)
  for (const question of questionsOf(resources)) {
    const { text, problem } = describeAnswer(await ask(place, question))
    console.log(`${question.component} ${question.path}: ${text}`)
    const finding = problem !== undefined && { resource: question.component, problem }
    if (finding && isNews(finding, findings)) findings.push(finding)
  }
  console.log(`\n${describeHealth(countChecked(resources), findings)}`)
  return countChecked(resources) > 0 && findings.length === 0
}

async function printTables({ release, namespace }: Place): Promise<void> {
  const label = `--selector=app.kubernetes.io/instance=${release}`
  const kinds = 'deployments,statefulsets,jobs,horizontalpodautoscalers'
  await run('kubectl', ['get', kinds, `--namespace=${namespace}`, label])
  await run('kubectl', ['get', 'pods', `--namespace=${namespace}`, '--output=wide'])
}

/** A service whose pods are not ready has been told of already; that it does not answer says nothing more. */
function isNews({ resource, problem }: Finding, findings: readonly Finding[]): boolean {
  return problem !== noAnswer || !findings.some((other) => other.resource.endsWith(`-${resource}`))
}

/** Asks from within a pod, which no network policy forbids. @returns undefined when there is no answer. */
async function ask({ namespace }: Place, { workload, path }: Question): Promise<string | undefined> {
  const args = ['exec', workload, `--namespace=${namespace}`, '--request-timeout=15s', '--']
  return capture('kubectl', [...args, 'node', '--eval', askOwnService({ path })]).then(
    (text) => text.trim(),
    () => undefined,
  )
}
