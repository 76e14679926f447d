import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRelative, pageOf, slugOf, targetOf } from '../../docs/.vitepress/pages.ts'
import { root } from '../dataDirectory.ts'
import { readPage } from './commands.ts'
import { pagesToRun } from './tryDocs.ts'

const files = globSync(['*.md', '{docs,packages,services,charts,loadtest}/**/*.md'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
})
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Without blocks of code and what is code in a line. */
function prose(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
}

function linksOf(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)\)/g)].map(([, href = '']) => href)
}

function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) => slugOf(heading.replaceAll('`', '')))
}

test('links and headings are found', () => {
  assert.deepEqual(linksOf('[a](b.md#c) `[no](x)`\n```\n[no](y)\n```\n![p](q.png)'), ['b.md#c', 'q.png'])
  assert.deepEqual(anchorsOf('# One: `two`, [three](x)!\n```\n# none\n```\n## 2. Nothing'), [
    'one-two-three',
    '2-nothing',
  ])
  assert.deepEqual(targetOf('docs/how-to/a.md', '../x/y.md#z'), { path: 'docs/x/y.md', anchor: 'z' })
  assert.equal(pageOf('packages/outbox/README.md'), 'packages/outbox.md')
  assert.equal(pageOf('packages/outbox/enqueue.ts'), undefined)
})

test('no link of any document is dead', () => {
  assert.ok(files.length > 60)
  const dead = files.flatMap((file) =>
    linksOf(read(file))
      .filter(isRelative)
      .filter((href) => {
        const { path, anchor } = targetOf(file, href)
        if (!existsSync(join(root, path))) return true
        return anchor !== '' && path.endsWith('.md') && !anchorsOf(read(path)).includes(anchor)
      })
      .map((href) => `${file}: ${href}`),
  )
  assert.deepEqual(dead, [])
})

test('every page of the site can be found from its sidebar or from another page', () => {
  const linked = new Set(
    files.flatMap((file) =>
      linksOf(read(file))
        .filter(isRelative)
        .map((href) => targetOf(file, href).path),
    ),
  )
  const config = read('docs/.vitepress/config.ts')
  const listed = (file: string) =>
    config.includes(`'${file}'`) || /^(?:docs\/(?:adr|runbooks|reference)|packages|services)\//.test(file)
  const pages = files.filter((file) => pageOf(file) !== undefined && !file.includes('/template/'))
  assert.deepEqual(
    pages.filter((file) => file !== 'docs/index.md' && !linked.has(file) && !listed(file)),
    [],
  )
})

test('commands of tutorial and how-tos are in blocks that are run, or say why not', () => {
  for (const file of pagesToRun()) {
    const text = read(file)
    assert.ok(readPage(text).steps.length > 0, file)
    for (const [, language = ''] of text.matchAll(/^```(\w*)\n/gm))
      assert.match(language, /^(?:sh|diff|text|ts)?$/, `${file} has a block of ${language}`)
    assert.doesNotMatch(
      text,
      /^ {4}(?:npm|npx|node|curl|kubectl|helm) /m,
      `${file}: put commands into blocks of sh`,
    )
  }
})
