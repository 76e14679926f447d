import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { findChromium, forAllTests, openBrowser } from '@relevo/testing'
import type { Browser, Page } from 'playwright-core'
import { token } from './consoleHarness.ts'

export const chromium = await findChromium()
/** Why the tests of pages are left out. */
export const skip = typeof chromium === 'string' ? chromium : false
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

export async function browserOf(t: TestContext): Promise<Browser> {
  if (typeof chromium === 'string') throw new Error(chromium)
  return openBrowser(t, chromium)
}

/** What all tests of a file look at; nothing is made where there is no browser. The function is for tests that are not {@link skip}ped. */
export function pagesOf<Stack extends object>(make: (t: TestContext) => Promise<Stack>): () => Stack {
  const stack = forAllTests((t) => (skip ? Promise.resolve(undefined) : make(t)))
  return () => {
    const made = stack()
    assert.ok(made)
    return made
  }
}

interface Place {
  readonly browser: Browser
  readonly console: { readonly url: string }
}

export interface Look {
  readonly locale?: string
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
}

/** A page of the console; whatever goes wrong in it, or goes elsewhere, fails the test. */
export async function openPage(
  t: TestContext,
  { browser, console }: Place,
  path: string,
  { locale = 'en-GB', scheme = 'light', width = 1_440 }: Look = {},
) {
  const context = await browser.newContext({
    ...{ locale, colorScheme: scheme, viewport: { width, height: 900 } },
    reducedMotion: 'reduce', // a colour on its way to another has no contrast of its own
  })
  t.after(() => context.close())
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (?:4\d\d|503)/.test(message.text()))
      faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(console.url) && !request.url().startsWith('data:'))
      faults.push(request.url())
  })
  t.after(() => assert.deepEqual(faults, []))
  await page.goto(console.url + path)
  return page
}

export async function logInOn(page: Page, name = 'Ana') {
  await page.getByRole('button', { name: 'Log in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your name').fill(name)
  await dialog.getByLabel('Token').fill(token)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await page.getByText(name, { exact: true }).waitFor()
}

export async function assertAccessible(page: Page) {
  // The policy of the page lets nothing in, so this goes around it as the browser's own tools do.
  await page.evaluate(readFileSync(axe, 'utf8'))
  const violations = await page.evaluate(async () => {
    const results = await (
      globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
    ).axe.run({ resultTypes: ['violations'], preload: false })
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
  assert.deepEqual(violations, [])
}

export async function assertFits(page: Page) {
  const [inner, outer] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
    number,
    number,
  ]
  assert.ok(inner <= outer, `the page is ${inner} px wide in a window of ${outer}`)
}

export { takePicture as picture } from '@relevo/testing'
