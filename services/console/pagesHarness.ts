import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { findChromium, forAllTests, openBrowser } from '@relevo/testing'
import type { Browser, Locator, Page } from 'playwright-core'
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

/** By keys alone. */
export async function logInOn(page: Page, name = 'Ana') {
  await tabTo(page, page.getByRole('button', { name: 'Log in' }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await tabTo(page, dialog.getByLabel('Your name'))
  await page.keyboard.type(name)
  await tabTo(page, dialog.getByLabel('Token'))
  await page.keyboard.insertText(token)
  await page.keyboard.press('Enter')
  await page.getByText(name, { exact: true }).waitFor()
}

const mostTabs = 80

/** What of a browser is asked here; these functions run in it. */
interface InBrowser {
  readonly document: { readonly activeElement: unknown }
  getComputedStyle(element: unknown): { readonly outlineStyle: string }
}

const isFocused = (element: unknown) =>
  element === (globalThis as unknown as InBrowser).document.activeElement
const outlineOf = (element: unknown) =>
  (globalThis as unknown as InBrowser).getComputedStyle(element).outlineStyle

/** Goes to something by the Tab key alone, which has to show where it is. */
export async function tabTo(page: Page, target: Locator) {
  await target.waitFor()
  for (let n = 0; n < mostTabs; n++) {
    await page.keyboard.press('Tab')
    if (await target.evaluate(isFocused)) {
      const outline = await target.evaluate(outlineOf)
      assert.notEqual(outline, 'none', 'where the focus is has to be seen')
      return
    }
  }
  assert.fail(`not reached by ${mostTabs} tabs: ${target}`)
}

interface KeyDeed {
  readonly button: string | RegExp
  readonly note: string
  readonly confirm: string
  /** What the dialog has to show before it is done. */
  readonly preview?: string
}

/** Does something by keys alone, after having left its dialog once, which leads back to the button. */
export async function doByKeys(page: Page, { button, note, confirm, preview }: KeyDeed) {
  const opener = page.getByRole('button', { name: button }).first()
  await tabTo(page, opener)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.ok(await opener.evaluate(isFocused), 'the focus is back')
  await page.keyboard.press('Enter')
  if (preview !== undefined) await dialog.getByText(preview).waitFor()
  await tabTo(page, dialog.getByLabel('Reason'))
  await page.keyboard.type(note)
  await tabTo(page, dialog.getByRole('button', { name: confirm }))
  await page.keyboard.press('Enter')
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
