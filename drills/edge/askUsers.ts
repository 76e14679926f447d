import { execInPod } from '../../k8s/cluster/execInPod.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { readyPod } from '../catalogue/pick.ts'
import type { DrillContext } from '../drill.ts'

/** With the certificate of the service, where it asks for one: its own name is not that of the address. */
const askScript = `
const { readFileSync } = require('node:fs')
const [method, path] = process.argv.slice(1)
const { OPERATOR_TOKEN, OPERATOR_TOKEN_FILE, PORT = '5007', TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE } = process.env
const read = (file) => readFileSync(file, 'utf8').trim()
const token = OPERATOR_TOKEN_FILE ? read(OPERATOR_TOKEN_FILE) : OPERATOR_TOKEN
const tls = TLS_CERT_FILE && { cert: read(TLS_CERT_FILE), key: read(TLS_KEY_FILE), ca: read(TLS_CA_FILE), checkServerIdentity: () => undefined }
const headers = token ? { authorization: 'Bearer ' + token } : {}
const { request } = require(tls ? 'node:https' : 'node:http')
request({ host: '127.0.0.1', port: PORT, path, method, headers, ...tls }, (answer) => {
  answer.pipe(answer.statusCode < 300 ? process.stdout : process.stderr)
  answer.on('end', () => { process.exitCode = answer.statusCode < 300 ? 0 : 1 })
}).end()`

/** Sends a request of operators to the users service, from one of its own pods, which has their token. @returns the body. */
export async function askUsersAsOperator(
  context: DrillContext,
  method: string,
  path: string,
): Promise<string> {
  const { kube, release } = context
  const { name, namespace } = await readyPod(context, componentSelector(release, 'users'))
  const command = ['node', '--eval', askScript, method, path]
  return execInPod(kube, { namespace, pod: name, container: 'users', command, budgetMs: 30_000 })
}
