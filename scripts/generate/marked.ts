/**
 * Replaces what is between the lines `# <name>: generated …` and `# </name>`, which keep their indent.
 * @throws Error when the text does not have both, in this order.
 */
export function replaceGenerated(text: string, name: string, lines: readonly string[]): string {
  const block = new RegExp(`^( *)# <${name}>.*\\n[^]*?^ *# </${name}>$`, 'm')
  const [found, indent = ''] = block.exec(text) ?? []
  if (found === undefined) throw new Error(`The lines # <${name}> and # </${name}> are missing. Put them in.`)
  const content = [`# <${name}> generated from systems/: npm run generate`, ...lines, `# </${name}>`]
  return text.replace(found, () => content.map((line) => (line === '' ? '' : indent + line)).join('\n'))
}
