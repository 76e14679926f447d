import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { freePort } from '@relevo/embedded'
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
