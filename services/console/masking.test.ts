import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maskedNames, maskValue, restoreMasked, showPayload } from './masking.ts'

const isMasked = maskedNames(['email', 'customer_name', 'to', 'token'])

test('a field is masked by the words of its name, however it is written', () => {
  for (const name of [
    'email',
    'customer_email',
    'customerEmail',
    'E-Mail',
    'EMAIL',
    'x-api-token',
    'customerName',
  ])
    assert.ok(isMasked(name), name)
  for (const name of ['total', 'topic', 'name', 'product_name', 'emailed', 'tokens', ''])
    assert.ok(!isMasked(name), name)
})

test('fields are masked wherever they are, with all that is in them', () => {
  const value = {
    order: { customer: { email: 'a@b.c' } },
    mails: [{ to: ['x', 'y'], n: 1 }],
    total: 0,
    none: null,
  }
  assert.deepEqual(maskValue(value, isMasked), {
    order: { customer: { email: '•••' } },
    mails: [{ to: '•••', n: 1 }],
    total: 0,
    none: null,
  })
})

test('no value of a masked field is ever shown', () => {
  const secret = 'SECRET-VALUE'
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 5 }), tie('tree'), { maxKeys: 3 }),
      fc.tuple(tie('tree'), fc.constantFrom('email', 'userEmail', 'TO')).map(([inner, name]) => ({
        [name]: [secret, inner],
        other: inner,
      })),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const shown = showPayload(JSON.stringify(value), isMasked)
      assert.ok(shown.kind !== 'json' || !shown.text.includes(secret))
    }),
  )
})

test('what is no JSON object or list is not shown, since nothing in it can be masked', () => {
  assert.deepEqual(showPayload(null, isMasked), { kind: 'none' })
  assert.deepEqual(showPayload('{"a":1}', isMasked), { kind: 'json', text: '{\n  "a": 1\n}' })
  assert.deepEqual(showPayload('"ana@example.com"', isMasked), { kind: 'opaque', bytes: 17 })
  assert.deepEqual(showPayload('email=ñ', isMasked), { kind: 'opaque', bytes: 8 })
  assert.deepEqual(showPayload('//4=', isMasked, 2), { kind: 'opaque', bytes: 2 })
})

test('what was masked is as it was once the rest is edited, and numbers keep their digits', () => {
  const original =
    '{"id":12345678901234567890,"total":1.10,"customer":{"email":"a@b.c"},"mails":[{"to":"x"},{"to":"y"}]}'
  const shown = showPayload(original, isMasked)
  assert.ok(shown.kind === 'json')
  assert.match(shown.text, /12345678901234567890.*1\.10.*•••/s)
  assert.equal(restoreMasked(shown.text, original, isMasked), original)
  const edited = shown.text.replace('1.10', '1.20')
  assert.equal(restoreMasked(edited, original, isMasked), original.replace('1.10', '1.20'))
  assert.equal(restoreMasked('{"email":"new@b.c"}', original, isMasked), '{"email":"new@b.c"}')
  assert.equal(restoreMasked('{"note":"•••"}', null, isMasked), '{"note":"•••"}')
})

test('a masked field that has no original, and what is no JSON, are refused', () => {
  for (const [edited, original] of [
    ['{"email":"•••"}', '{"name":"x"}'],
    ['{"email":"•••"}', 'no JSON'],
    ['[{"to":"•••"}]', '{"to":"x"}'],
    ['{"email"', '{"email":"x"}'],
  ] as const)
    assert.throws(() => restoreMasked(edited, original, isMasked), { code: 'unprocessable' }, edited)
})
