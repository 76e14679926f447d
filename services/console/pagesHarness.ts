import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { eventually, findChromium, forAllTests, openBrowser, takePicture } from '@relevo/testing'
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

/** A page of the console; whatever goes wrong in it, or goes elsewhere, fails the test. */
export async function openPage(
  t: TestContext,
  { browser, console }: Place,
  path: string,
  { locale = 'en-GB' }: { readonly locale?: string } = {},
) {
  const context = await browser.newContext({
    ...{ locale, viewport: { width: 1_440, height: 900 } },
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

/** With the token of operators, by keys alone. */
export async function logInOn(page: Page, name = 'Ana') {
  await pressOn(page, page.getByRole('button', { name: logIn }))
  const dialog = page.getByRole('dialog')
  await typeInto(page, dialog.getByLabel(/^(Your name|Su nombre)/), name)
  await typeInto(page, dialog.getByLabel(/^(Token|Credencial)$/), token)
  await page.keyboard.press('Enter')
  await page.getByText(name, { exact: true }).waitFor()
}

const logIn = /^(Log in|Iniciar sesión)$/

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

/** Goes to a link, button or summary, and has it act. */
export async function pressOn(page: Page, target: Locator) {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/** Goes to a field and writes into it, in the place of what it has. */
export async function typeInto(page: Page, field: Locator, text: string) {
  await tabTo(page, field)
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}

const mostOptions = 20

/** Goes to a list and chooses an option by its value. */
export async function chooseIn(page: Page, list: Locator, value: string) {
  await tabTo(page, list)
  await page.keyboard.press('Home')
  for (let n = 0; n < mostOptions && (await list.inputValue()) !== value; n++)
    await page.keyboard.press('ArrowDown')
  assert.equal(await list.inputValue(), value)
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
  await pressOn(page, opener)
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.ok(await opener.evaluate(isFocused), 'the focus is back')
  await page.keyboard.press('Enter')
  if (preview !== undefined) await dialog.getByText(preview).waitFor()
  await typeInto(page, dialog.getByLabel('Reason'), note)
  await pressOn(page, dialog.getByRole('button', { name: confirm, exact: true }))
}

const languages = ['es', 'en'] as const
const schemes = ['light', 'dark'] as const
const widths = [390, 1_440] as const

/**
 * Asserts of what the page shows just now, in both languages, light and dark, on a phone and on a desk, that axe finds
 * nothing and nothing is cut off. The page is then as it was.
 */
export async function assertInEveryLook(page: Page, name: string) {
  const [language, size] = [await languageOf(page), page.viewportSize()]
  for (const to of languages) {
    await setLanguage(page, to)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await assertFits(page)
      for (const scheme of schemes) {
        await page.emulateMedia({ colorScheme: scheme })
        await assertAccessible(page)
        await takePicture(page, `${name}-${to}-${width}-${scheme}`)
      }
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  if (size) await page.setViewportSize(size)
  await setLanguage(page, language)
}

function languageOf(page: Page): Promise<string> {
  return page.evaluate('document.documentElement.lang')
}

/** By the menu, also where a dialog is before it. */
async function setLanguage(page: Page, language: string) {
  await page.evaluate(`{
    const menu = document.querySelector('header select')
    menu.value = '${language}'
    menu.dispatchEvent(new Event('change'))
  }`)
  await page.waitForFunction(`document.documentElement.lang === '${language}'`)
}

async function assertAccessible(page: Page) {
  // The policy of the page lets nothing in, so this goes around it as the browser's own tools do.
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(readFileSync(axe, 'utf8'))
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

/** The page is no wider than its window, no text than what it is in, and no control than what holds it. */
async function assertFits(page: Page) {
  let found: unknown
  const fits = async () => {
    found = await page.evaluate(`[${tooWide}, ${cutOff}, ${outside}]`)
    return JSON.stringify(found) === '[[],[],[]]'
  }
  await eventually(fits).catch(() => undefined) // charts follow a window that has changed its width
  assert.deepEqual(found, [[], [], []], 'wider than the window, cut off, or outside of what holds it')
}

const nameOf = `({ tagName, textContent, name }) => [tagName, name, textContent.slice(0, 100)].join(' ')`

const tooWide = `(document.documentElement.scrollWidth <= innerWidth
  ? [] : [document.documentElement.scrollWidth + ' px in a window of ' + innerWidth])`

const cutOff = `[...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility() && element.clientWidth > 1 && !element.title)
  .filter((element) => !['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || (element.matches('nav') && innerWidth > 1000))
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
  .map(${nameOf})`

const outside = `[...document.querySelectorAll('input, select, textarea, button')]
  .filter((element) => element.checkVisibility())
  .filter((element) => element.getBoundingClientRect().right > element.parentElement.getBoundingClientRect().right + 1)
  .map(${nameOf})`
