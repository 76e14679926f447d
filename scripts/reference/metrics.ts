import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../dataDirectory.ts'
import { markdownTable } from '../markdownTable.ts'
import { cell, code, pageHead } from './markdown.ts'

export interface MetricDoc {
  readonly name: string
  readonly kind: string
  readonly help: string
  readonly labels: readonly string[]
  /** `packages/relay`, `services/gateway` … */
  readonly owner: string
}

/** A name with its help, as an object's fields, as arguments, or in a function that makes the metric of a name. */
const declaration =
  /'(relevo_\w+)'(?:,\s*help: |,\s*\(name\) => \{[^}]{0,200}?help(?: =|:) |,\s*)'((?:[^'\\]|\\.)+)'(?=([\s\S]{0,240}))/g
const kinds = /\b(counter|gauge|histogram)\b/gi

/** The metrics that a file declares. */
export function metricsIn(file: string, text: string): MetricDoc[] {
  const owner = file.split('/').slice(0, 2).join('/')
  return [...text.matchAll(declaration)].map((found) => {
    const [whole, name = '', help = '', rest = ''] = found
    const before = text.slice(Math.max(0, found.index - 60), found.index)
    const statement = whole + own(rest)
    const kind = before.match(kinds)?.at(-1) ?? /new (\w+)/.exec(statement)?.[1] ?? ''
    return { name, kind: kind.toLowerCase(), help, labels: labelsOf(statement, text), owner }
  })
}

/** What belongs to this metric and not to the next. */
function own(rest: string): string {
  const next = rest.search(/'relevo_|\n\n/)
  return next === -1 ? rest : rest.slice(0, next)
}

function labelsOf(statement: string, text: string): string[] {
  const shared = /^ {2}const labelNames = (\[[^\]]*\])/m.exec(text)?.[1]
  const list =
    /labelNames(?::| =) (\[[^\]]*\])/.exec(statement)?.[1] ??
    /',\s*(\[[^\]]*\])\s*,?\s*\)/.exec(statement)?.[1]
  return [...(list ?? shared ?? '').matchAll(/'(\w+)'/g)].map(([, label = '']) => label)
}

/** Every metric of the code. */
export function readMetrics(): MetricDoc[] {
  const files = globSync('{packages,services}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((file) => !/\.test\.ts$|Harness\.ts$|\/web\//.test(file))
    .sort()
  return files.flatMap((file) => metricsIn(file, readFileSync(join(root, file), 'utf8')))
}

/** Every metric with its meaning. */
export function renderMetrics(): string {
  const groups = Map.groupBy(readMetrics(), ({ owner }) => owner)
  const sections = [...groups].flatMap(([owner, metrics]) => [
    `## ${owner}`,
    markdownTable(
      ['metric', 'kind', 'labels', 'meaning'],
      metrics.map(({ name, kind, labels, help }) => [
        code(name),
        kind,
        labels.map(code).join(', '),
        cell(help),
      ]),
    ),
  ])
  return `${[
    pageHead('Metrics', 'where the code declares them'),
    `Each process answers \`GET /metrics\` in the text format of Prometheus. A histogram has \`_bucket\`, \`_sum\` and \`_count\`. In a relay of
several outboxes the metrics of \`packages/relay\` have the label \`outbox\` as well. Node.js' own metrics (\`process_…\`, \`nodejs_…\`) come with
them. Alerts and dashboards on these are in the [chart](../kubernetes.md); each alert has a runbook.`,
    ...sections,
  ].join('\n\n')}\n`
}
