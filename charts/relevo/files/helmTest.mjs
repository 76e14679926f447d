// Run by `helm test` in the image of the services: sends something to a system's entry, and waits until it has arrived.
import { readFileSync } from 'node:fs'

const { SYSTEM, TIMEOUT_SECONDS, CACHES, OPERATOR_TOKEN_FILE } = process.env
const fetch = process.env.TLS_CERT_FILE ? await fetchByCertificate() : globalThis.fetch
const operator = OPERATOR_TOKEN_FILE
  ? { authorization: `Bearer ${readFileSync(OPERATOR_TOKEN_FILE, 'utf8').trim()}` }
  : {}
const deadline = Date.now() + Number(TIMEOUT_SECONDS) * 1000
const { systems } = await import('/app/systems/index.ts')
const { entry, services } = systems[SYSTEM]
const content = `helm-test-${crypto.randomUUID()}`

await until(`${entry.service} is ready`, () => readJson(entry.service, '/ready'))
for (const { at, path, body, accepted } of entry.provisions ?? [])
  await until(`POST ${path} of ${at} is accepted`, () => post(at, path, body, accepted))
let earlier = {}
for (const request of entry.requests) {
  const body = request.body(content, earlier)
  earlier = await until(`POST ${request.path} is accepted`, () => post(entry.service, request.path, body))
  if (request.receipt(earlier) === undefined) throw new Error(`not an answer: ${JSON.stringify(earlier)}`)
}
for (const { at, path, shows } of entry.arrivals)
  await until(`${at} shows it at ${path(content)}`, async () =>
    shows(await readJson(at, path(content)), content),
  )

for (const { name, caches } of CACHES ? services : [])
  if (caches)
    await until(`${name} answers ${caches} from its cache`, async () => {
      for (let i = 0; i < 2; i++) await readJson(name, caches)
      return /^relevo_cache_reads_total\{result="hit"\} [1-9]/m.test(await readText(name, '/metrics'))
    })

if (process.env.GATEWAY_URL) {
  for (const { name, route } of services)
    if (route) await until(`the gateway leads to ${name}`, () => readText('gateway', wayTo(route)))
  await until('the gateway asks who sends an order', async () => {
    const response = await fetch(new URL('/api/orders/orders', process.env.GATEWAY_URL))
    return response.status === 401
  })
}

/** Pages are at the gateway's own root. */
function wayTo(route) {
  return route === '/' ? '/' : `/api${route}/health`
}

async function fetchByCertificate() {
  const undici = await import('undici')
  const read = (name) => readFileSync(process.env[name], 'utf8')
  const connect = { cert: read('TLS_CERT_FILE'), key: read('TLS_KEY_FILE'), ca: read('TLS_CA_FILE') }
  const dispatcher = new undici.Agent({ connect })
  return (url, init) => undici.fetch(url, { ...init, dispatcher })
}

async function readJson(service, path, init, accepted) {
  return JSON.parse(await readText(service, path, init, accepted))
}

async function readText(service, path, init, accepted = []) {
  const base = process.env[`${service.toUpperCase().replaceAll('-', '_')}_URL`]
  const headers = { ...operator, ...init?.headers }
  const response = await fetch(new URL(path, base), { ...init, headers, signal: AbortSignal.timeout(5_000) })
  if (!response.ok && !accepted.includes(response.status))
    throw new Error(`${init?.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`)
  return response.text()
}

function post(service, path, body, accepted) {
  const headers = { 'content-type': 'application/json' }
  return readJson(service, path, { method: 'POST', headers, body: JSON.stringify(body) }, accepted)
}

async function until(what, attempt) {
  const started = Date.now()
  for (let problem = 'no answer'; ; ) {
    try {
      const found = await attempt()
      if (found) {
        console.log(`${what}: after ${Date.now() - started} ms`)
        return found
      }
      problem = 'not yet'
    } catch (error) {
      problem = error.cause?.message ?? error.message
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${TIMEOUT_SECONDS} s; last: ${problem}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
