/** The head of a page that is generated. */
export function pageHead(title: string, from: string): string {
  return `<!-- Generated from ${from}: npm run docs:generate -->\n# ${title}`
}

/** Text as it stands in a cell of a table: one line, and neither columns nor tags. */
export function cell(text: string): string {
  return escapeTags(text.replaceAll(/\s+/g, ' ').trim()).replaceAll('|', '\\|')
}

/** Code as it stands in a cell of a table. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``
}

/** Angle brackets as text, but for what stands in backticks. */
export function escapeTags(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('>', '&gt;')))
    .join('')
}
