// Run by `helm test`: sends something to a system and waits until it has come out at the other end.
const { SYSTEM, TIMEOUT_SECONDS } = process.env
const deadline = Date.now() + Number(TIMEOUT_SECONDS) * 1000
const tests = { messages: testMessages, commissions: testCommissions }
await tests[SYSTEM]()

async function testMessages() {
  const { MESSAGES_URL } = process.env
  const content = `helm test ${crypto.randomUUID()}`
  await until('messages is ready', () => readJson(MESSAGES_URL, '/ready'))
  const posted = await until('the message is accepted', () => post(MESSAGES_URL, '/messages', { content }))
  console.log(`accepted as event ${posted.evento_id}, state ${posted.estado}`)
  await until('the message is processed', async () =>
    JSON.stringify(await readJson(MESSAGES_URL, '/messages')).includes(content),
  )
}

async function testCommissions() {
  const { COMMISSIONS_URL } = process.env
  const conversionId = `helm-test-${crypto.randomUUID()}`
  const conversion = { affiliateId: 'helm', campaignId: 'test', grossAmount: 120.5, currency: 'USD' }
  await until('commissions is ready', () => readJson(COMMISSIONS_URL, '/ready'))
  const { commissionId } = await until('the commission is calculated', () =>
    post(COMMISSIONS_URL, '/commissions/calculate', { ...conversion, conversionId }),
  )
  await until('it is approved', () => post(COMMISSIONS_URL, '/commissions/approve', { commissionId }))
  const { status, netAmount } = await readJson(COMMISSIONS_URL, `/commissions/by-conversion/${conversionId}`)
  console.log(`commission ${commissionId} of ${netAmount} is ${status}`)
  await until('its events are in Kafka', isPublished)
  await until('the notifications have passed them on', isPassedOn)
}

async function isPublished() {
  const { backlog } = await readJson(process.env.RELAY_URL, '/status')
  return backlog.events === 0
}

async function isPassedOn() {
  const { channels } = await readJson(process.env.NOTIFICATIONS_URL, '/channels')
  return channels.every(({ lag, held, problem }) => lag === 0 && held === 0 && problem === null)
}

async function readJson(base, path, init) {
  const response = await fetch(new URL(path, base), { ...init, signal: AbortSignal.timeout(5_000) })
  if (!response.ok)
    throw new Error(`${init?.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

function post(base, path, body) {
  const headers = { 'content-type': 'application/json' }
  return readJson(base, path, { method: 'POST', headers, body: JSON.stringify(body) })
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
