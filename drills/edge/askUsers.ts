import { execInPod } from '../../k8s/cluster/execInPod.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { readyPod } from '../catalogue/pick.ts'
import type { DrillContext } from '../drill.ts'

/** Sends a request of operators to the users service, from one of its own pods, which has their token. @returns the body. */
export async function askUsersAsOperator(
  context: DrillContext,
  method: string,
  path: string,
): Promise<string> {
  const { kube, release } = context
  const { name, namespace } = await readyPod(context, componentSelector(release, 'users'))
  const script = `
const { readFileSync } = require('node:fs')
const { OPERATOR_TOKEN, OPERATOR_TOKEN_FILE, PORT = '5007' } = process.env
const token = OPERATOR_TOKEN_FILE ? readFileSync(OPERATOR_TOKEN_FILE, 'utf8').trim() : OPERATOR_TOKEN
const headers = token ? { authorization: 'Bearer ' + token } : {}
fetch('http://127.0.0.1:' + PORT + ${JSON.stringify(path)}, { method: ${JSON.stringify(method)}, headers })
  .then(async (answer) => {
    const text = await answer.text()
    if (!answer.ok) throw new Error(answer.status + ' ' + text)
    process.stdout.write(text)
  })`
  const command = ['node', '--eval', script]
  return execInPod(kube, { namespace, pod: name, container: 'users', command, budgetMs: 30_000 })
}
