import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '@relevo/embedded'
import { Registry } from 'prom-client'
import { measureCertificates } from './certificateMetrics.ts'

const dayMs = 86_400_000

function certificate(directory: string, name: string, days: number): string {
  const file = join(directory, `${name}.crt`)
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const to = ['-keyout', join(directory, `${name}.key`), '-out', file]
  execFileSync('openssl', [...args, '-subj', `/CN=${name}`, '-days', String(days), ...to], { stdio: 'pipe' })
  return file
}

test('the first certificate to expire of each file that the configuration names is shown', async () => {
  const directory = temporaryDirectory()
  const [client, other] = [certificate(directory, 'client', 3), certificate(directory, 'other', 30)]
  const registry = new Registry()
  const both = `${readFileSync(other, 'utf8')}${readFileSync(client, 'utf8')}`
  const config = {
    kafkaTlsCa: () => both,
    operatorTokenFile: () => 'a secret',
    databaseUrl: `postgres://app@host/db?sslcert=${client}&sslrootcert=${other}&sslkey=x`,
    databasePoolSize: 10,
  }
  measureCertificates(config, registry)
  const text = await registry.metrics()
  const shown = [...text.matchAll(/_seconds\{file="(.*)"\} (\d+)/g)].map(([, file, at]) => {
    return [file, Math.round((Number(at) * 1_000 - Date.now()) / dayMs)]
  })
  assert.deepEqual(shown, [
    ['kafkaTlsCa', 3],
    ['databaseUrl sslcert', 3],
    ['databaseUrl sslrootcert', 30],
  ])
})
