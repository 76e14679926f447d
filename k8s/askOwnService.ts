/** A request that a pod sends to its own service. */
export interface OwnRequest {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  /** Expected status; default: any. */
  readonly status?: number
}

/**
 * A script for `node --eval` inside a service's pod, where no network policy applies. It uses the pod's own certificate if services
 * require one, and the operator token if there is one. It prints the body, and fails without an answer within 5 s or on another
 * status.
 */
export function askOwnService({ path, method = 'GET', status }: OwnRequest): string {
  return `
const { readFileSync } = require('node:fs')
const { PORT, PROBE_PORT, TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE, OPERATOR_TOKEN_FILE } = process.env
const token = OPERATOR_TOKEN_FILE && readFileSync(OPERATOR_TOKEN_FILE, 'utf8').trim()
const options = {
  host: '127.0.0.1', port: PORT, path: ${JSON.stringify(path)}, method: ${JSON.stringify(method)},
  headers: token ? { authorization: 'Bearer ' + token } : {},
  signal: AbortSignal.timeout(5000),
}
// With PROBE_PORT, PORT requires a certificate. The server's certificate names the Service, not 127.0.0.1, so the name is not checked.
const isMutual = PROBE_PORT !== undefined && TLS_CERT_FILE !== undefined
if (isMutual) {
  options.cert = readFileSync(TLS_CERT_FILE)
  options.key = readFileSync(TLS_KEY_FILE)
  options.ca = readFileSync(TLS_CA_FILE)
  options.checkServerIdentity = () => undefined
}
require(isMutual ? 'node:https' : 'node:http').request(options, async (response) => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  console.log(text)
  const wanted = ${status ?? 'undefined'}
  if (wanted === undefined || response.statusCode === wanted) return
  console.error('answers ' + response.statusCode + ': ' + text)
  process.exitCode = 1
}).on('error', (error) => { console.error(error.message); process.exitCode = 1 }).end()
`
}
