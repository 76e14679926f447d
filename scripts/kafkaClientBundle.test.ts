import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './dataDirectory.ts'
import { kafkaClientOption } from './kafkaClientBundle.ts'

const program = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  const names = Object.keys(await import(process.argv[1])).sort()
  console.log(JSON.stringify({ names, files: loaded.filter((url) => /kafka-client-|@platformatic.kafka/.test(url)).length }))`

function load(...options: string[]): { readonly names: string[]; readonly files: number } {
  const args = ['--input-type=module', '--eval', program, join(root, 'packages/kafka/platformatic.ts')]
  const env = { PATH: process.env.PATH } // without the option, which npm test has set
  return JSON.parse(execFileSync(process.execPath, [...options, ...args], { env, encoding: 'utf8' }))
}

test('a process with the option loads one file in place of the whole Kafka client, which has the same', async () => {
  const whole = load()
  const bundled = load(await kafkaClientOption(root))
  assert.ok(whole.files > 100)
  assert.equal(bundled.files, 1)
  assert.deepEqual(bundled.names, whole.names)
})
