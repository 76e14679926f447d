/** What a page has its reader do. */
export interface Step {
  /** Run by bash, or a change to files that is applied as by `git apply`. */
  readonly kind: 'sh' | 'diff'
  readonly text: string
  /** Of its first line in the page. */
  readonly line: number
  /** What it prints: lines in this order, with others between them; `…` stands for anything. */
  readonly expected?: string
  /** `once`; again and again `until` it prints what is expected; or it `runsOn` to the end of the page. */
  readonly run: 'once' | 'until' | 'runsOn'
  /** Why no test runs it, as the page says. */
  readonly notRun?: string
}

export interface Page {
  /** Where its commands are run. */
  readonly place: string
  readonly steps: readonly Step[]
}

const comment = /^<!-- (.*) -->$/
const fence = /^```(\w*)/

/**
 * The commands of a page in Markdown: every block of `sh` and `diff`. A comment above a block says how it is run:
 * `<!-- runs on -->`, `<!-- until it prints this -->`, or `<!-- not run: why -->`; a block of `text` behind it is what it prints.
 * The first comment of the page says where: `<!-- run in the repository -->`.
 * @throws Error that names the line of what cannot be understood.
 */
export function readPage(markdown: string): Page {
  const lines = markdown.split('\n')
  const place = lines.map((line) => /^<!-- run in (.*) -->$/.exec(line)?.[1]).find(Boolean) ?? ''
  const steps: Step[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, language] = fence.exec(lines[at] ?? '') ?? []
    if (language === undefined) continue
    const end = lines.findIndex((line, index) => index > at && line.startsWith('```'))
    if (end === -1) throw new Error(`line ${at + 1}: the block has no end`)
    const text = lines.slice(at + 1, end).join('\n')
    if (language === 'sh' || language === 'diff')
      steps.push({
        kind: language,
        text,
        line: at + 1,
        ...expectedBehind(lines, end),
        ...mannerOf(lines, at),
      })
    at = end
  }
  return { place, steps }
}

function expectedBehind(lines: readonly string[], end: number): { expected?: string } {
  const next = lines.findIndex((line, index) => index > end && line !== '')
  if (lines[next] !== '```text') return {}
  const last = lines.indexOf('```', next)
  return { expected: lines.slice(next + 1, last).join('\n') }
}

function mannerOf(lines: readonly string[], at: number): Pick<Step, 'run' | 'notRun'> {
  const above = lines[at - 1] === '' ? lines[at - 2] : lines[at - 1]
  const [, text = ''] = comment.exec(above ?? '') ?? []
  if (text === '' || text.startsWith('run in ')) return { run: 'once' }
  if (text === 'runs on') return { run: 'runsOn' }
  if (text === 'until it prints this') return { run: 'until' }
  const [, notRun] = /^not run: (.+)$/.exec(text) ?? []
  if (notRun === undefined) throw new Error(`line ${at}: <!-- ${text} --> is not known`)
  return { run: 'once', notRun }
}

/** Does the output have the expected lines in this order? */
export function prints(output: string, expected: string): boolean {
  const wanted = expected
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split('…').map(RegExp.escape).join('.*'))
  return new RegExp(wanted.map((line) => `^.*${line}.*$`).join('[\\s\\S]*?'), 'm').test(output)
}
