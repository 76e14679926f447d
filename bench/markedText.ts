/**
 * Replaces what is between the lines `<!-- name:begin -->` and `<!-- name:end -->`.
 * @throws Error when the text does not have both, in this order.
 */
export function replaceMarked(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`The markers ${begin} and ${end} are missing. Put them in.`)
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`
}
