/** A table in Markdown; the columns from `rightFrom` on are aligned to the right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  rightFrom = header.length,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = header.map((_, column) => (column < rightFrom ? '---' : '--:'))
  return [line(header), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}
