import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { commissionsHarness, someConversion } from './commissionsHarness.ts'

test('calculates, approves and tells a commission, with an event for each change', async (t) => {
  const { calculate, approve, byConversion, events } = await commissionsHarness(t)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const conversion = someConversion()
  const { status, body } = await calculate(conversion, { traceparent, 'x-request-id': 'r-1' })
  assert.equal(status, 201)
  const { commissionId } = body
  assert.deepEqual(body, { commissionId })

  const calculated = await byConversion(conversion.conversionId)
  assert.equal(calculated.status, 200)
  const { calculatedAt } = calculated.body
  const { conversionId } = conversion
  const ids = { commissionId, conversionId, affiliateId: 'aff-1', campaignId: 'cmp-1' }
  assert.deepEqual(calculated.body, {
    ...ids,
    grossAmount: 120.5,
    percentage: 12.5,
    netAmount: 15.06,
    currency: 'USD',
    status: 'CALCULATED',
    calculatedAt,
    approvedAt: null,
  })
  assert.match(calculated.text, /"grossAmount":120\.50,"percentage":12\.5,"netAmount":15\.06,/)

  const approved = await approve({ commissionId })
  assert.equal(approved.status, 200)
  const { approvedAt } = approved.body
  assert.deepEqual(approved.body, { commissionId, status: 'APPROVED', approvedAt })
  assert.deepEqual((await byConversion(conversionId)).body, {
    ...calculated.body,
    status: 'APPROVED',
    approvedAt,
  })
  const netAmount = { amount: '15.06', currency: 'USD' }
  const grossAmount = { amount: '120.50', currency: 'USD' }
  const about = { topic: 'commissions', key: commissionId }
  const [first, second] = await events()
  assert.match(second.headers.ce_causationid, /^request:/)
  assert.deepEqual(
    [first, second],
    [
      {
        ...about,
        type: 'commission.calculated',
        headers: {
          ce_causationid: 'request:r-1',
          ce_correlationid: first.headers.ce_correlationid,
          traceparent,
        },
        payload: { ...ids, netAmount, grossAmount, percentage: '12.5', calculatedAt },
      },
      {
        ...about,
        type: 'commission.approved',
        headers: second.headers,
        payload: { ...ids, netAmount, approvedAt },
      },
    ],
  )
})

test('amounts keep every digit that is sent', async (t) => {
  const { calculate, byConversion } = await commissionsHarness(t)
  const body = JSON.stringify(someConversion({ conversionId: 'c-1', currency: 'CLF', grossAmount: 0 }))
  assert.equal((await calculate(body.replace('Amount":0', 'Amount":999999999999.9999'))).status, 201)
  const { text } = await byConversion('c-1')
  assert.match(text, /"grossAmount":999999999999\.9999,"percentage":12\.5,"netAmount":125000000000\.0000,/)
})

test('a conversion that is reported again has the commission that it had, and no further event', async (t) => {
  const { calculate, approve, byConversion, events } = await commissionsHarness(t)
  const conversion = someConversion({ conversionId: 'c-1' })
  const first = await calculate(conversion)
  assert.deepEqual([first.status, (await calculate(conversion)).text], [201, first.text])
  await approve(first.body)
  const again = await calculate({ ...conversion, grossAmount: 1.205e2 })
  assert.deepEqual([again.status, again.text], [201, first.text])
  assert.equal((await byConversion('c-1')).body.status, 'APPROVED')
  assert.equal((await events()).length, 2)
  for (const other of [
    { affiliateId: 'aff-2' },
    { campaignId: 'x' },
    { grossAmount: 120.51 },
    { currency: 'EUR' },
  ]) {
    const { status, body } = await calculate({ ...conversion, ...other })
    assert.equal(status, 409, JSON.stringify(other))
    assert.match(body.detail, new RegExp(first.body.commissionId))
  }
  assert.equal((await events()).length, 2)
})

test('a hundred reports of one conversion at once make one commission and one event', async (t) => {
  const { calculate, pool, events } = await commissionsHarness(t)
  const conversion = someConversion()
  const answers = await Promise.all(Array.from({ length: 100 }, () => calculate(conversion)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.equal((await pool.query('select from commission')).rowCount, 1)
  assert.equal((await events()).length, 1)
})

test('a hundred approvals at once approve once', async (t) => {
  const { calculate, approve, events } = await commissionsHarness(t)
  const { body } = await calculate(someConversion())
  const answers = await Promise.all(Array.from({ length: 100 }, () => approve(body)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  assert.deepEqual(
    (await events()).map(({ type }) => type),
    ['commission.calculated', 'commission.approved'],
  )
})

test('an Idempotency-Key names one request, of each command', async (t) => {
  const { calculate, approve, events } = await commissionsHarness(t)
  const key = { 'idempotency-key': 'k' }
  const conversion = someConversion()
  const calculated = await calculate(conversion, key)
  const approved = await approve(calculated.body, key)
  for (const [answer, again] of [
    [calculated, await calculate(conversion, key)],
    [approved, await approve(calculated.body, key)],
  ] as const) {
    assert.deepEqual([again.status, again.text], [answer.status, answer.text])
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
  }
  assert.equal((await calculate(someConversion(), key)).status, 422)
  const other = { ...conversion, affiliateId: 'aff-2' }
  assert.equal((await calculate(other, { 'idempotency-key': 'other' })).status, 409)
  assert.equal(
    (await calculate(conversion, { 'idempotency-key': 'other' })).status,
    201,
    'a refusal keeps no key',
  )
  assert.equal((await events()).length, 2)
})

test('what is not recorded as an event did not happen', async (t) => {
  const { calculate, approve, byConversion, pool } = await commissionsHarness(t)
  const kept = someConversion()
  const { body } = await calculate(kept)
  await pool.query('alter schema outbox rename to gone')
  const lost = someConversion()
  const refused = await calculate(lost)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5'])
  assert.equal((await approve(body)).status, 503)
  await pool.query('alter schema gone rename to outbox')
  assert.equal((await byConversion(lost.conversionId)).status, 404)
  assert.equal((await byConversion(kept.conversionId)).body.status, 'CALCULATED')
  assert.equal((await calculate(lost)).status, 201)
  assert.equal((await approve(body)).status, 200)
})

test('bad input is refused with a reason, and nothing is recorded', async (t) => {
  const { ask, post, calculate, approve, byConversion, pool, events } = await commissionsHarness(t)
  const raw = (amount: string) =>
    calculate(JSON.stringify(someConversion({ grossAmount: 0 })).replace('Amount":0', `Amount":${amount}`))
  const without = (field: string) => calculate(someConversion({ [field]: undefined }))
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const cases: [string, ReturnType<typeof ask>, number, RegExp][] = [
    ['invalid JSON', calculate('{"conversionId":'), 400, /not valid JSON/],
    ['not UTF-8', calculate(new Uint8Array([0x22, 0xff, 0x22])), 400, /not valid JSON/],
    ['deeply nested', calculate('['.repeat(16_000)), 400, /not valid JSON/],
    ['empty body', calculate(''), 400, /not valid JSON/],
    ['null', calculate('null'), 400, /JSON object/],
    ['a list', calculate('[]'), 400, /JSON object/],
    ['a number', calculate('1'), 400, /JSON object/],
    [
      'nothing',
      calculate({}),
      400,
      /conversionId" is missing.*affiliateId" is.*grossAmount" is.*currency" is/,
    ],
    ['no conversion', without('conversionId'), 400, /"conversionId" is missing/],
    ['no affiliate', without('affiliateId'), 400, /"affiliateId" is missing/],
    ['no campaign', without('campaignId'), 400, /"campaignId" is missing/],
    ['no amount', without('grossAmount'), 400, /"grossAmount" is missing/],
    ['no currency', without('currency'), 400, /"currency" is missing/],
    ['unknown field', calculate(someConversion({ netAmount: 5 })), 400, /Unknown fields: "netAmount"/],
    ['__proto__', calculate('{"__proto__":{"x":1}}'), 400, /Unknown fields/],
    ['number as id', calculate(someConversion({ conversionId: 5 })), 400, /"conversionId" must be a text/],
    ['empty id', calculate(someConversion({ conversionId: '' })), 400, /"conversionId" must be 1 to 100/],
    ['blank id', calculate(someConversion({ affiliateId: ' ' })), 400, /"affiliateId" must be/],
    ['long id', calculate(someConversion({ campaignId: 'x'.repeat(101) })), 400, /"campaignId" must be/],
    ['id with NUL', calculate(someConversion({ conversionId: 'a\0b' })), 400, /"conversionId" must be/],
    ['id with a newline', calculate(someConversion({ conversionId: 'a\n' })), 400, /"conversionId" must be/],
    ['id with a lone surrogate', calculate(someConversion({ affiliateId: 'a\ud800' })), 400, /"affiliateId"/],
    ['field with a lone surrogate', calculate(someConversion({ '\ud800': 1 })), 400, /Unknown fields/],
    ['amount as text', calculate(someConversion({ grossAmount: '120.5' })), 400, /must be a number/],
    ['amount null', calculate(someConversion({ grossAmount: null })), 400, /must be a number/],
    ['amount list', calculate(someConversion({ grossAmount: [1] })), 400, /must be a number/],
    [
      'amount as rawJSON',
      calculate(someConversion({ grossAmount: { rawJSON: '1' } })),
      400,
      /must be a number/,
    ],
    ['negative', raw('-120.5'), 400, /must be above 0/],
    ['zero', raw('0.00'), 400, /must be above 0/],
    ['absurd', raw('1e300'), 400, /must be below 1000000000000/],
    ['a million millions', raw('1000000000000'), 400, /must be below/],
    ['too precise', raw('120.505'), 400, /more decimals than USD, which has 2/],
    ['too precise for a double', raw('120.50000000000000000001'), 400, /more decimals/],
    ['endless', raw('1'.repeat(80)), 400, /at most 64 characters/],
    ['not JSON', raw('NaN'), 400, /not valid JSON/],
    ['too precise for yen', calculate(someConversion({ currency: 'JPY' })), 400, /JPY, which has 0/],
    ['unknown currency', calculate(someConversion({ currency: 'XYZ' })), 400, /ISO 4217/],
    ['small letters', calculate(someConversion({ currency: 'usd' })), 400, /ISO 4217/],
    ['number as currency', calculate(someConversion({ currency: 840 })), 400, /"currency" must be a text/],
    ['too large', calculate(someConversion({ affiliateId: 'x'.repeat(20_000) })), 413, /too large/],
    ['form', calculate('conversionId=1', form), 415, /application\/json/],
    ['other charset', calculate('{}', { 'content-type': 'application/json; charset=latin1' }), 415, /UTF-8/],
    ['approve nothing', approve({}), 400, /"commissionId" is missing/],
    ['approve no UUID', approve({ commissionId: 'x' }), 400, /must be a UUID/],
    ['approve a number', approve({ commissionId: 7 }), 400, /must be a UUID/],
    ['approve with more', approve({ commissionId: randomUUID(), x: 1 }), 400, /Unknown fields: "x"/],
    ['approve unknown', approve({ commissionId: randomUUID() }), 404, /no commission/],
    ['unknown conversion', byConversion(randomUUID()), 404, /has no commission/],
    ['malformed conversion', byConversion('a b'), 400, /must be 1 to 100/],
    ['conversion with NUL', byConversion('a\0'), 400, /U\+0000/],
    ['malformed path', ask('/commissions/by-conversion/%E0%A4%A'), 400, /malformed/],
    ['wrong method', ask('/commissions/calculate'), 405, /POST/],
    ['wrong method', post('/commissions/by-conversion/c', {}), 405, /GET/],
    ['unknown path', ask('/commissions'), 404, /nothing at this path/],
  ]
  for (const [name, asked, status, reason] of cases) {
    const { status: got, headers, body } = await asked
    assert.equal(got, status, `${name}: ${JSON.stringify(body)}`)
    assert.match(headers.get('content-type') ?? '', /application\/problem\+json/, name)
    assert.equal(body.status, status, name)
    assert.match(body.detail, reason, name)
  }
  assert.equal((await pool.query('select from commission')).rowCount, 0)
  assert.deepEqual(await events(), [])
})
