import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactJson } from './exactJson.ts'
import { exactBody, exactInteger, exactUnits } from './exactSchemas.ts'

const integer = exactInteger({ min: -1_000, max: 1_000 })
const units = exactUnits('price', { places: 2, below: 1_000 })

test('whole numbers are read in any spelling, and nothing else is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.constantFrom('', '.0', 'e0', '.00e0'),
      (n, tail) => {
        assert.equal(integer.parse(parseExactJson(`${n}${tail}`)), n)
      },
    ),
  )
  for (const wrong of [
    '1001',
    '-1001',
    '0.5',
    '1e-1',
    '1e9999',
    '"5"',
    'null',
    'true',
    '[1]',
    '{"rawJSON":"1"}',
  ])
    assert.equal(integer.safeParse(parseExactJson(wrong)).success, false, wrong)
  assert.equal(integer.safeParse(5).success, false)
})

test('amounts are read in units to the last digit, and a finer one is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999 }), (cents) => {
      const text = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
      assert.equal(units.parse(parseExactJson(text)), BigInt(cents))
    }),
  )
  for (const wrong of ['1000', '0.001', '999.999', '-0.01', '1e-3', '1e9999', '"1"', 'null'])
    assert.equal(units.safeParse(parseExactJson(wrong)).success, false, wrong)
})

test('a number is no object of fields', () => {
  const body = exactBody(integer.optional())
  assert.equal(body.parse(parseExactJson('5')), undefined)
})
