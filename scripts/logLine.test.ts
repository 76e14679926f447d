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

test('a terminal shows what others wrote and does not obey it', () => {
  const evil = 'a\u001b[2J\u001b]0;title\u0007b\u0007\u202ec\td'
  assert.equal(consoleLine(evil), 'abc\td')
  assert.equal(consoleLine(JSON.stringify({ level: 'warn', msg: evil })), 'WARN abc\td')
  assert.equal(consoleLine('x'.repeat(9_000))?.length, 502)
})

test('what is not a warning stays in the file', () => {
  assert.equal(consoleLine('{"level":"info","msg":"listening"}'), undefined)
  assert.equal(consoleLine('   '), undefined)
})

test('what is no log record is shown as it is', () => {
  for (const line of ['Error: boom', '{"a":1}', '{broken', '    at main.ts:3'])
    assert.equal(consoleLine(line), line)
})
