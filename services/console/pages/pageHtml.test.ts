import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferredLanguage } from './pageHtml.ts'

test('the language is the first of those the browser asks for, by weight; Spanish where there is none', () => {
  const cases: [string | undefined, string][] = [
    [undefined, 'es'],
    ['', 'es'],
    ['en', 'en'],
    ['en-GB,en;q=0.9,es;q=0.8', 'en'],
    ['fr-FR, es;q=0.5, en;q=0.7', 'en'],
    ['de, fr', 'es'],
    ['en;q=0, es;q=0.1', 'es'],
    ['en;q=0', 'es'],
    ['EN-us', 'en'],
    [';;q=,en', 'en'],
  ]
  for (const [header, language] of cases) assert.equal(preferredLanguage(header), language, header)
})
