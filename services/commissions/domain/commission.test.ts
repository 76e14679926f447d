import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approve, calculate, isOf, statusOf } from './commission.ts'
import { findCurrency } from './currency.ts'
import { parsePercentage } from './percentage.ts'

const currency = findCurrency('USD') ?? assert.fail()
const percentage = parsePercentage('12.5') ?? assert.fail()
const conversion = {
  conversionId: 'c-1',
  affiliateId: 'aff-1',
  campaignId: 'cmp-1',
  gross: { minor: 12_050n, currency },
}
const now = new Date('2026-01-15T10:30:00Z')

test('a commission is calculated, then approved once', () => {
  const calculated = calculate(conversion, { id: 'x', percentage, now })
  assert.equal(calculated.type, 'calculated')
  assert.equal(statusOf(calculated.commission), 'CALCULATED')
  assert.deepEqual(calculated.commission.net, { minor: 1_506n, currency })

  const later = new Date('2026-01-16T10:30:00Z')
  const approved = approve(calculated.commission, later) ?? assert.fail()
  assert.equal(approved.type, 'approved')
  assert.equal(statusOf(approved.commission), 'APPROVED')
  assert.deepEqual(approved.commission, { ...calculated.commission, approvedAt: later })
  assert.equal(approve(approved.commission, new Date()), undefined)
})

test('knows a conversion that is reported again from another with its id', () => {
  const { commission } = calculate(conversion, { id: 'x', percentage, now })
  assert.ok(isOf(commission, { ...conversion }))
  assert.ok(!isOf(commission, { ...conversion, affiliateId: 'aff-2' }))
  assert.ok(!isOf(commission, { ...conversion, campaignId: 'cmp-2' }))
  assert.ok(!isOf(commission, { ...conversion, gross: { minor: 12_051n, currency } }))
  const euro = findCurrency('EUR') ?? assert.fail()
  assert.ok(!isOf(commission, { ...conversion, gross: { minor: 12_050n, currency: euro } }))
})
