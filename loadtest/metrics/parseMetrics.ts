/** One value of a metric with its labels. */
export interface Sample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Parses Prometheus' text format; comments and lines of another form are left out. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((each) => {
    const match = line.exec(each)
    if (!match) return []
    const [, name = '', labels = '', value] = match
    return [{ name, labels: parseLabels(labels), value: parseValue(value) }]
  })
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(label))
    labels[name] = value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
  return labels
}

function parseValue(text = 'NaN'): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}
