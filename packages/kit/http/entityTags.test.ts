import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../serviceError.ts'
import { entityTag, entityTagsOf, isUnchanged, requireMatch } from './entityTags.ts'

test('a condition holds one tag, several or *', () => {
  assert.deepEqual(entityTagsOf('"7"'), ['"7"'])
  assert.deepEqual(entityTagsOf('"a,b" , W/"6",, "7"'), ['"a,b"', 'W/"6"', '"7"'])
  assert.deepEqual(entityTagsOf(' *'), ['*'])
  assert.deepEqual(entityTagsOf('W/"7"'), ['W/"7"'])
  for (const none of ['', ' ', ',', '7', '"7', '"7"8', '"7" "8"', 'w/"7"', '*, "7"', '"7", *', '"a"b"'])
    assert.equal(entityTagsOf(none), undefined, none)
  assert.equal(entityTagsOf('"1",'.repeat(101)), undefined)
})

test('a change is let through by the tag of what is there, by nothing else', () => {
  const codeOf = (ifMatch: string | undefined) => {
    try {
      requireMatch(ifMatch, entityTag(7))
      return undefined
    } catch (error) {
      assert.ok(error instanceof ServiceError)
      return error.code
    }
  }
  for (const good of ['"7"', '"6", "7"', '*']) assert.equal(codeOf(good), undefined, good)
  for (const stale of ['"6"', 'W/"7"', '"77"', '""']) assert.equal(codeOf(stale), 'preconditionFailed', stale)
  assert.equal(codeOf(undefined), 'preconditionRequired')
  assert.equal(codeOf('7'), 'invalidRequest')
})

test('what a client has is compared weakly, and what is no tag is as if it were not there', () => {
  for (const same of ['"7"', 'W/"7"', '"6", W/"7"', '*']) assert.ok(isUnchanged(same, entityTag(7)), same)
  for (const other of [undefined, '"6"', '7', '', 'W/"77"'])
    assert.ok(!isUnchanged(other, entityTag(7)), other)
})
