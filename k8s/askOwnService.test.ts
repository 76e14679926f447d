import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '@relevo/embedded'
import { singleService, startInProcess, testAuthority, writeCertificate } from '@relevo/testing'
import { z } from 'zod'
import { askOwnService, type OwnRequest } from './askOwnService.ts'

const run = promisify(execFile)

const service = singleService(
  {
    path: '/rebuild',
    responses: { 202: { description: 'It', schema: z.object({ is: z.string() }) } },
  },
  () => ({ status: 202, body: { is: 'here' } }),
)

/** The service as the chart runs it, and what its pod asks of it. */
async function pod(t: TestContext, variables: Record<string, string>) {
  const token = join(temporaryDirectory(), 'token')
  writeFileSync(token, 'secret\n')
  const { url } = await startInProcess(t, service, variables)
  const { port } = new URL(url)
  const env = { ...variables, PORT: port, OPERATOR_TOKEN_FILE: token }
  const ask = async (request: OwnRequest) => {
    const { stdout } = await run(process.execPath, ['--eval', askOwnService(request)], { env })
    return stdout.trim()
  }
  return ask
}

const rebuild = { path: '/rebuild' }

test('a pod asks its service by the certificate that it has', async (t) => {
  const certificate = writeCertificate(temporaryDirectory(), testAuthority().issue())
  const ask = await pod(t, { ...certificate, PROBE_PORT: '0' })
  assert.equal(await ask({ ...rebuild, status: 202 }), '{"is":"here"}')
  await assert.rejects(ask({ ...rebuild, status: 200 }), /answers 202/)
  await assert.rejects(ask({ ...rebuild, method: 'POST', status: 202 }), /answers 40[45]/)
  assert.equal(JSON.parse(await ask({ path: '/health' })).status, 'ok')
})

test('without certificates it asks by plain HTTP', async (t) => {
  const ask = await pod(t, {})
  assert.equal(await ask({ ...rebuild, status: 202 }), '{"is":"here"}')
  assert.equal(JSON.parse(await ask({ path: '/health' })).status, 'ok')
})

test('nobody who answers is a failure', async () => {
  const env = { PORT: '1' }
  await assert.rejects(
    run(process.execPath, ['--eval', askOwnService({ path: '/health' })], { env }),
    /ECONNREFUSED/,
  )
})
