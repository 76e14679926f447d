import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterTest } from './afterTest.ts'

const run = promisify(execFile)

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const installBudgetMs = 240_000

/** They keep it from asking for anything but what the pages ask for. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Chromium {
  readonly path: string
}

/**
 * The Chromium of CHROMIUM_PATH, or of this machine, or Debian's, which root gets once by apt; or why its tests are
 * skipped: only when RELEVO_SKIP_BROWSER=1 says so.
 * @throws Error that says what to do, when it cannot be had and nobody has asked to skip.
 */
export async function findChromium(environment = process.env, places = usual): Promise<Chromium | string> {
  if (environment.RELEVO_SKIP_BROWSER === '1') return 'RELEVO_SKIP_BROWSER=1'
  const known = environment.CHROMIUM_PATH ? [environment.CHROMIUM_PATH] : places
  const path = known.find(existsSync)
  if (path !== undefined) return { path }
  const [wanted = ''] = known
  const must = `The tests of the console's pages need Chromium, which is not at ${known.join(', ')}`
  const advice =
    'Install it (Debian: apt-get install chromium fonts-dejavu-core) or say by CHROMIUM_PATH where it is. Leave the tests out with RELEVO_SKIP_BROWSER=1.'
  if (wanted !== usual[0] || process.getuid?.() !== 0) throw new Error(`${must}. ${advice}`)
  try {
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      timeout: installBudgetMs,
    })
    return { path: wanted }
  } catch (cause) {
    throw new Error(`${must}, and apt-get does not install it. ${advice}`, { cause })
  }
}

/** A browser that is closed after the test. */
export async function openBrowser(t: TestContext, { path }: Chromium): Promise<Browser> {
  // It takes a while to load, which is for the few who want it.
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: path, args: quiet })
  afterTest(t, () => browser.close())
  return browser
}

/** Takes a picture of the page for people to look at, where BROWSER_PICTURES names a folder for them. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.BROWSER_PICTURES
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
