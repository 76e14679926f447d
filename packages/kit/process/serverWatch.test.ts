import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalAfter, type Trouble } from './serverWatch.ts'

const refused: Trouble = { kind: 'unauthenticated', reason: 'wrong password' }
const away: Trouble = { kind: 'unreachable', reason: 'ECONNREFUSED' }

test('a refusal goes on over answers in between, and is over when none follows for ten seconds', () => {
  let refusal = refusalAfter(undefined, undefined, 0)
  assert.equal(refusal, undefined)
  refusal = refusalAfter(refused, refusal, 1_000)
  assert.deepEqual(refusal, { since: 1_000, last: 1_000 })
  refusal = refusalAfter(undefined, refusal, 2_000)
  refusal = refusalAfter(away, refusal, 11_000)
  refusal = refusalAfter(refused, refusal, 11_001)
  assert.deepEqual(refusal, { since: 1_000, last: 11_001 })
  assert.equal(refusalAfter(undefined, refusal, 21_002), undefined)
})
