import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { freePort } from '@relevo/embedded'
import { testAuthority } from '@relevo/testing'
import { requireAnswer } from './requireAnswer.ts'

test('load is not sent where nobody answers, and says how to have somebody there', async (t) => {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  await assert.rejects(requireAnswer({ baseUrl }), {
    code: 'cannotRun',
    message: /^Nothing answers at http:.*npm start.*BASE_URL\.$/,
  })
  const server = createServer((_, answer) => answer.writeHead(503).end())
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await requireAnswer({ baseUrl })
})

test('where services ask for certificates it shows one, and finds them by address though their certificate has a name', async (t) => {
  const authority = testAuthority()
  const mutual = { requestCert: true, rejectUnauthorized: true } as const
  const server = createTlsServer({ ...authority.issue(), ...mutual }, (_, answer) => answer.end())
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  const { port } = server.address() as AddressInfo
  // A certificate of localhost, which leads to 127.0.0.1.
  const baseUrl = `https://localhost:${port}`
  const addresses = { localhost: '127.0.0.2' }
  await requireAnswer({ baseUrl, tls: { ...authority.issue(), addresses } })
  const { ca } = authority.issue()
  await assert.rejects(requireAnswer({ baseUrl, tls: { ...testAuthority().issue(), ca, addresses } }), {
    code: 'cannotRun',
  })
  await assert.rejects(requireAnswer({ baseUrl, tls: { ...authority.issue(), addresses: {} } }), {
    code: 'cannotRun',
  })
})
