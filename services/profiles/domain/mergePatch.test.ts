import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch } from './mergePatch.ts'

test('the cases of RFC 7396, appendix A', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of cases)
    assert.deepEqual(mergePatch(target, patch), result, JSON.stringify(patch))
})

test('a member __proto__ is a member, and the target stays as it is', () => {
  const target = { a: { b: 1 } }
  const merged = mergePatch(target, JSON.parse('{"__proto__":{"x":1},"a":{"c":2}}')) as object
  assert.deepEqual(target, { a: { b: 1 } })
  assert.deepEqual(Object.keys(merged), ['a', '__proto__'])
  assert.equal((merged as { x?: number }).x, undefined)
})
