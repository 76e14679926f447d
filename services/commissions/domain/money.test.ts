import assert from 'node:assert/strict'
import { test } from 'node:test'
import { divideHalfEven, formatUnits } from '@relevo/kit/exact'
import fc from 'fast-check'
import { findCurrency } from './currency.ts'
import { formatMoney, type Money, parseMoney, shareOf } from './money.ts'
import { formatPercentage, type Percentage, parsePercentage } from './percentage.ts'

const currency = (code: string) => findCurrency(code) ?? assert.fail(code)
const percentage = (text: string): Percentage => parsePercentage(text) ?? assert.fail(text)

function money(text: string, code: string): Money {
  const parsed = parseMoney(text, currency(code))
  return typeof parsed === 'string' ? assert.fail(`${text} ${code}: ${parsed}`) : parsed
}

test('reads amounts exactly into minor units of the currency', () => {
  const cases: [string, string, bigint][] = [
    ['120.5', 'USD', 12_050n],
    ['120.50', 'USD', 12_050n],
    ['120.500000', 'USD', 12_050n],
    ['0.01', 'USD', 1n],
    ['1e2', 'USD', 10_000n],
    ['1.205E+2', 'USD', 12_050n],
    ['12050e-2', 'USD', 12_050n],
    ['120', 'JPY', 120n],
    ['120.0', 'JPY', 120n],
    ['0.001', 'KWD', 1n],
    ['1.2345', 'CLF', 12_345n],
    // As a double this is 999999999999.98999….
    ['999999999999.99', 'USD', 99_999_999_999_999n],
    ['999999999999.9999', 'CLF', 9_999_999_999_999_999n],
  ]
  for (const [text, code, minor] of cases) assert.equal(money(text, code).minor, minor, `${text} ${code}`)
})

test('refuses what is no amount of the currency', () => {
  const cases: [string, string, string][] = [
    ['0', 'USD', 'notPositive'],
    ['-0', 'USD', 'notPositive'],
    ['0e9999', 'USD', 'notPositive'],
    ['-120.5', 'USD', 'notPositive'],
    ['120.505', 'USD', 'tooPrecise'],
    // The double next to it is 120.5.
    ['120.50000000000000001', 'USD', 'tooPrecise'],
    ['1e-9999', 'USD', 'tooPrecise'],
    ['0.5', 'JPY', 'tooPrecise'],
    ['1000000000000', 'USD', 'tooLarge'],
    ['1e12', 'JPY', 'tooLarge'],
    ['1e9999', 'USD', 'tooLarge'],
    ['1e99999', 'USD', 'notANumber'],
    ['9'.repeat(65), 'USD', 'notANumber'],
    ['', 'USD', 'notANumber'],
    ['.5', 'USD', 'notANumber'],
    ['1,5', 'USD', 'notANumber'],
    ['0x10', 'USD', 'notANumber'],
    ['NaN', 'USD', 'notANumber'],
    [' 1', 'USD', 'notANumber'],
  ]
  for (const [text, code, problem] of cases)
    assert.equal(parseMoney(text, currency(code)), problem, `${text} ${code}`)
})

test('writes amounts with every decimal of the currency, and reads them back', () => {
  assert.equal(formatMoney(money('120.5', 'USD')), '120.50')
  assert.equal(formatMoney(money('0.01', 'USD')), '0.01')
  assert.equal(formatMoney(money('7', 'JPY')), '7')
  assert.equal(formatMoney(money('0.05', 'KWD')), '0.050')
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 999_999_999_999n }),
      fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'),
      (minor, code) => {
        const amount = { minor, currency: currency(code) }
        assert.deepEqual(parseMoney(formatMoney(amount), currency(code)), amount)
      },
    ),
  )
})

test('takes a share rounded half to even, to the nearest minor unit', () => {
  const share = (text: string, code: string, part: string) =>
    formatMoney(shareOf(money(text, code), percentage(part)))
  assert.equal(share('120.5', 'USD', '12.5'), '15.06') // 15.0625
  assert.equal(share('0.20', 'USD', '12.5'), '0.02') // 0.025 has two neighbours; 2 is even
  assert.equal(share('0.60', 'USD', '12.5'), '0.08') // 0.075
  assert.equal(share('0.03', 'USD', '12.5'), '0.00')
  assert.equal(share('999999999999.99', 'USD', '100'), '999999999999.99')
  assert.equal(share('1001', 'JPY', '12.5'), '125') // 125.125
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 16n }),
      fc.bigInt({ min: 1n, max: 1_000_000n }),
      (minor, units) => {
        const net = shareOf({ minor, currency: currency('USD') }, { units }).minor
        const error = minor * units - net * 1_000_000n
        const doubled = 2n * (error < 0n ? -error : error)
        assert.ok(doubled < 1_000_000n || (doubled === 1_000_000n && net % 2n === 0n))
      },
    ),
  )
})

test('percentages are exact, above 0 and at most 100', () => {
  assert.equal(formatPercentage(percentage('12.50')), '12.5')
  assert.equal(formatPercentage(percentage('100')), '100')
  assert.equal(formatPercentage(percentage('0.0001')), '0.0001')
  assert.equal(formatPercentage(percentage('10')), '10')
  for (const wrong of ['0', '-1', '100.0001', '0.00001', '1e9', 'x', ''])
    assert.equal(parsePercentage(wrong), undefined, wrong)
})

test('knows the currencies of ISO 4217 with their decimals, and no others', () => {
  const exponents = ['USD', 'EUR', 'JPY', 'COP', 'KWD', 'CLF', 'ISK'].map(
    (code) => findCurrency(code)?.exponent,
  )
  assert.deepEqual(exponents, [2, 2, 0, 2, 3, 4, 0])
  for (const code of ['usd', 'US', 'USDX', 'XXX', 'XTS', 'XAU', 'DEM', '', '__proto__', 'constructor'])
    assert.equal(findCurrency(code), undefined, code)
})

test('divides and writes numbers as it should at the edges', () => {
  assert.deepEqual(
    [5n, 15n, 14n, 16n, 0n].map((n) => divideHalfEven(n, 10n)),
    [0n, 2n, 1n, 2n, 0n],
  )
  assert.deepEqual([formatUnits(-5n, 2), formatUnits(0n, 2), formatUnits(100n, 0)], ['-0.05', '0.00', '100'])
})
