import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { afterTest } from './afterTest.ts'

/** Answers every request with the value, as JSON, until the test ends. Returns the base URL. */
export async function serveJson(t: TestContext, value: unknown): Promise<string> {
  const server = createServer((_request, response) => void response.end(JSON.stringify(value)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  afterTest(t, () => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
