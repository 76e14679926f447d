/** Rows as columns that are two spaces apart; a cell beyond `most` characters is cut. */
export function table(rows: readonly (readonly string[])[], most = 60): string {
  const cells = rows.map((row) => row.map((cell) => cut(cell.replaceAll(/\s+/g, ' '), most)))
  const widths = cells.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}
