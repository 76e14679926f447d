/** The metrics of ours that an expression reads: no recording rules, which have colons. */
export function metricsIn(expr: string): string[] {
  return [...new Set(expr.match(/(?<![\w:])relevo_\w+(?![\w:])/g) ?? [])]
}

/** The series names that /metrics offers, those of histograms included. A metric without samples yet has its TYPE line. */
export function metricsOf(text: string): Set<string> {
  const names = new Set<string>()
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    names.add(name)
    if (type === 'histogram') for (const end of ['bucket', 'sum', 'count']) names.add(`${name}_${end}`)
  }
  return names
}

/** The labels of a metric's samples in /metrics; undefined when it has no samples. */
export function labelsOf(text: string, metric: string): Set<string> | undefined {
  const samples = [...text.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? `, 'gm'))]
  if (samples.length === 0) return undefined
  return new Set(
    samples.flatMap(([, labels = '']) => [...labels.matchAll(/(\w+)="/g)].map(([, name = '']) => name)),
  )
}

/** Labels that Prometheus adds to what it scrapes. */
const added = new Set(['namespace', 'job', 'pod', 'instance', 'le'])

/** The labels by which an expression tells series apart, without those that Prometheus adds. */
export function labelsIn(expr: string): string[] {
  const groupings = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/,\s*/),
  )
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\w+)\s*[=!]/g)].map(([, name = '']) => name),
  )
  return [...new Set([...groupings, ...matchers])].filter((name) => name !== '' && !added.has(name))
}
