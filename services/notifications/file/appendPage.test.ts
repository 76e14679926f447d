import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { appendPage, commonLines } from './appendPage.ts'
import { openLineFile, wholeLines } from './lineFile.ts'

async function temporaryFile(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lines-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'data', 'events.jsonl')
}

test('a file has each line of a page once, whatever a crash has left of it', async (t) => {
  const path = await temporaryFile(t)
  const file = await openLineFile(path)
  t.after(() => file.close())
  const line = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '🚀'), maxLength: 6 })
  const leftover = fc.record({
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    garbage: fc.uint8Array({ maxLength: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.array(line, { minLength: 1 }),
      leftover,
      async (before, page, { share, garbage }) => {
        const known = Buffer.from(before.map((each) => `${each}\n`).join(''))
        const expected = Buffer.concat([known, Buffer.from(page.map((each) => `${each}\n`).join(''))])
        const cut = known.length + Math.floor(share * (expected.length - known.length))
        await writeFile(path, Buffer.concat([expected.subarray(0, cut), garbage]))
        assert.equal(await appendPage(file, known.length, page), expected.length)
        assert.deepEqual(await readFile(path), expected)
        // Another try changes nothing.
        assert.equal(await appendPage(file, known.length, page), expected.length)
        assert.deepEqual(await readFile(path), expected)
      },
    ),
    { numRuns: 200 },
  )
})

test('keeps whole lines only', () => {
  const common = (a: string, b: string) => commonLines(Buffer.from(a), Buffer.from(b))
  assert.equal(common('', 'a\n'), 0)
  assert.equal(common('a', 'a\n'), 0)
  assert.equal(common('a\n', 'a\nb\n'), 2)
  assert.equal(common('a\nb', 'a\nb\n'), 2)
  assert.equal(common('a\nc\n', 'a\nb\n'), 2)
  assert.equal(common('a\nb\nc\n', 'a\nb\n'), 4)
})

test('a file has a name that stays, and a torn line at its end does not count', async (t) => {
  const path = await temporaryFile(t)
  const first = await openLineFile(path)
  await first.close()
  await writeFile(path, 'one\ntwo\nthr')
  const second = await openLineFile(path)
  assert.deepEqual([second.id, await wholeLines(second), await second.size()], [first.id, 8, 11])
  await second.close()
  await writeFile(`${path}.id`, 'mine\n')
  await assert.rejects(openLineFile(path), /holds no UUID/)
})
