// Run by `helm test`: posts a message and waits until the consumer has processed it.
const { API_URL, TIMEOUT_SECONDS } = process.env
const deadline = Date.now() + Number(TIMEOUT_SECONDS) * 1000
const content = `helm test ${crypto.randomUUID()}`

const readJson = async (path, init) => {
  const response = await fetch(new URL(path, API_URL), { ...init, signal: AbortSignal.timeout(5_000) })
  if (!response.ok)
    throw new Error(`${init?.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

const until = async (what, attempt) => {
  for (let problem = 'no answer'; ; ) {
    try {
      const found = await attempt()
      if (found) return found
      problem = 'not yet'
    } catch (error) {
      problem = error.cause?.message ?? error.message
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${TIMEOUT_SECONDS} s; last: ${problem}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

await until('messages is ready', () => readJson('/ready'))
const body = JSON.stringify({ content })
const headers = { 'content-type': 'application/json' }
const posted = await until('the message is accepted', () =>
  readJson('/messages', { method: 'POST', headers, body }),
)
console.log(`accepted as event ${posted.evento_id}, state ${posted.estado}`)
const started = Date.now()
await until('the message is processed', async () =>
  JSON.stringify(await readJson('/messages')).includes(content),
)
console.log(`processed ${Date.now() - started} ms later`)
