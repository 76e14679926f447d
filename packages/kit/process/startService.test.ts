import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silent } from '@relevo/testing'
import { Registry } from 'prom-client'
import { databaseVariables, httpVariables, processVariables } from '../config/commonVariables.ts'
import { defineConfig, loadConfig } from '../config/loadConfig.ts'
import { defineDatabase } from '../database/defineDatabase.ts'
import { defineApi } from '../http/endpoint.ts'
import { problemDetails } from '../http/errorStyle.ts'
import { Health } from '../http/health.ts'
import { defineService } from './service.ts'
import { startService } from './startService.ts'

test('a service that answers POSTs does not start on a database without the schema for their keys', async () => {
  const config = defineConfig({ ...processVariables, ...httpVariables(0), ...databaseVariables })
  const service = defineService({
    name: 'things',
    config,
    database: defineDatabase({ name: 'things', uses: [] }),
    api: defineApi({
      title: 'Things',
      version: '1',
      errors: problemDetails,
      endpoints: { create: { method: 'post', path: '/', summary: 'Makes a thing', responses: {} } },
    }),
    start: () => ({ create: async () => ({ body: {} }) }),
  })
  const started: string[] = []
  const host = {
    logger: silent,
    registry: new Registry(),
    health: new Health(),
    signal: new AbortController().signal,
    onStop: (part: string) => void started.push(part),
    fail: () => {},
  }
  const values = loadConfig(config, { DATABASE_URL: 'postgres://127.0.0.1:1/none' })
  await assert.rejects(startService(service, values, host), {
    message: /add idempotencySchema to `uses` of the database things/,
  })
  assert.deepEqual(started, [])
})
