import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleLine } from './logLine.ts'

test('warnings and errors are shown in one line, with their reason', () => {
  assert.equal(consoleLine('{"level":"warn","msg":"slow"}'), 'WARN slow')
  assert.equal(
    consoleLine('{"level":"error","msg":"no broker","err":{"message":"refused"}}'),
    'ERROR no broker: refused',
  )
  assert.equal(consoleLine('{"level":"fatal","err":{"message":"x"}}'), 'FATAL x')
})

test('what is not a warning stays in the file', () => {
  assert.equal(consoleLine('{"level":"info","msg":"listening"}'), undefined)
  assert.equal(consoleLine('   '), undefined)
})

test('what is no log record is shown as it is', () => {
  for (const line of ['Error: boom', '{"a":1}', '{broken', '    at main.ts:3'])
    assert.equal(consoleLine(line), line)
})
