// The chart as it is published: `helm package charts/relevo`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { chartDirectory, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()
const run = promisify(execFile)

test('the chart is packaged with all that it needs and no more, and renders the same', {
  skip,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-package-'))
  t.after(() => rm(directory, { recursive: true }))
  const lint = await run('helm', ['lint', '--strict', chartDirectory])
  assert.doesNotMatch(lint.stdout, /\[(INFO|WARNING|ERROR)\]/)
  await run('helm', ['package', chartDirectory, '--destination', directory])
  const { version } = parse(await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8'))
  const file = join(directory, `relevo-${version}.tgz`)
  const { stdout } = await run('tar', ['-tzf', file])
  const files = stdout.trim().split('\n')
  for (const name of ['README.md', 'UPGRADING.md', 'values.schema.json', 'ci/ha-values.yaml'])
    assert.ok(files.includes(`relevo/${name}`), name)
  assert.deepEqual(
    files.filter((name) => !/\.(yaml|tpl|json|md|txt|mjs)$|\.helmignore$/i.test(name) || /golden/.test(name)),
    [],
  )
  const names = async (from?: string) =>
    (await renderChart([], from === undefined ? {} : { directory: from })).map(
      ({ kind, metadata }) => `${kind}/${metadata.name}`,
    )
  assert.deepEqual(await names(file), await names())
})

test('what Artifact Hub is told is what the chart has', async () => {
  const { annotations, home, icon, sources, maintainers, version } = parse(
    await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8'),
  )
  assert.ok(home && sources.length > 0 && maintainers.length > 0)
  const drawn = await readFile(join(import.meta.dirname, '../services/console/pages/icon.svg'), 'base64')
  assert.equal(icon, `data:image/svg+xml;base64,${drawn}`)
  const values = await readFile(join(chartDirectory, 'values.yaml'), 'utf8')
  for (const { image } of parse(annotations['artifacthub.io/images']))
    assert.ok(values.includes(image), image)
  for (const { url } of parse(annotations['artifacthub.io/links'])) assert.ok(URL.canParse(url), url)
  for (const { kind, description } of parse(annotations['artifacthub.io/changes'])) {
    assert.match(kind, /^(added|changed|deprecated|removed|fixed|security)$/)
    assert.ok(description)
  }
  const upgrading = await readFile(join(chartDirectory, 'UPGRADING.md'), 'utf8')
  assert.ok(upgrading.includes(`## ${version}\n`), 'UPGRADING.md has the version')
})
