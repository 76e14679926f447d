import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { temporaryDirectory } from '@relevo/embedded'
import { singleService, startInProcess, testAuthority, writeCertificate } from '@relevo/testing'
import { z } from 'zod'
import { runCommand } from './runCommand.ts'

const last = { id: 7, ended_at: null, error: null, read: 3, records: 9, added: 0, corrected: 0, rejected: 0 }

/** A service that answers those alone who show a certificate. */
const analytics = singleService(
  {
    path: '/rebuilds/last',
    responses: { 200: { description: 'It', schema: z.looseObject({ id: z.number() }) } },
  },
  () => ({ body: last }),
)

async function running(t: TestContext, host = 'localhost') {
  const authority = testAuthority()
  const own = writeCertificate(temporaryDirectory(), authority.issue())
  const { url } = await startInProcess(t, analytics, {
    ...own,
    HOST: host === 'localhost' ? '127.0.0.1' : host,
    PROBE_PORT: '0',
  })
  const { port } = new URL(url)
  const mine = writeCertificate(temporaryDirectory(), authority.issue())
  const status = async (environment: Record<string, string>) => {
    const lines: string[] = []
    const add = (text: string) => void lines.push(text)
    const words = ['analytics', 'status', '--url', `https://${host}:${port}`]
    return { code: await runCommand(words, environment, { out: add, err: add }), text: lines.join('\n') }
  }
  return { status, mine }
}

test('a service that asks for a certificate answers who shows one of its authority', async (t) => {
  const { status, mine } = await running(t)
  assert.match((await status(mine)).text, /^Rebuild 7: 3 of 9 records read/)
  const without = await status({})
  assert.equal(without.code, 1)
  assert.match(without.text, /does not answer/)
  const stranger = writeCertificate(temporaryDirectory(), testAuthority().issue())
  assert.match((await status({ ...stranger, TLS_CA_FILE: mine.TLS_CA_FILE ?? '' })).text, /does not answer/)
})

test('the name in its certificate may be another than that of the URL, if it is said', async (t) => {
  const { status, mine } = await running(t, '127.0.0.2')
  assert.match((await status(mine)).text, /ERR_TLS_CERT_ALTNAME_INVALID/)
  const wrong = await status({ ...mine, TLS_SERVER_NAME: 'relevo-analytics' })
  assert.match(wrong.text, /ERR_TLS_CERT_ALTNAME_INVALID/)
  assert.equal((await status({ ...mine, TLS_SERVER_NAME: 'localhost' })).code, 0)
})

test('a certificate without its key is a wrong call', async (t) => {
  const { status, mine } = await running(t)
  const { TLS_CERT_FILE = '' } = mine
  assert.equal((await status({ TLS_CERT_FILE })).code, 2)
  assert.equal((await status({ ...mine, TLS_KEY_FILE: '/nowhere' })).code, 2)
})
