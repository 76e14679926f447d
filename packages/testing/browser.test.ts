import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findChromium } from './browser.ts'

test('says what the pages need where no Chromium can be had, and skips only when told to', async () => {
  const nowhere = ['/nowhere/chromium']
  await assert.rejects(
    findChromium({}, nowhere),
    /not at \/nowhere\/chromium\. Install it .*RELEVO_SKIP_BROWSER=1/,
  )
  await assert.rejects(findChromium({ CHROMIUM_PATH: '/nowhere/mine' }), /not at \/nowhere\/mine/)
  assert.equal(await findChromium({ RELEVO_SKIP_BROWSER: '1' }, nowhere), 'RELEVO_SKIP_BROWSER=1')
  assert.deepEqual(await findChromium({ CHROMIUM_PATH: process.execPath }, nowhere), {
    path: process.execPath,
  })
})
