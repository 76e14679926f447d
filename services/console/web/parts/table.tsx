import type { ComponentChildren } from 'preact'

export interface TableProps {
  readonly title: string
  /** The title stands above it already. */
  readonly isTitled?: boolean
  readonly heads: readonly string[]
  /** Columns, from the left, whose numbers stand below each other. */
  readonly numbers?: readonly number[]
  readonly children: ComponentChildren
}

/** A table that scrolls by itself where the window is narrow. */
export function Table({ title, isTitled = false, heads, numbers = [], children }: TableProps) {
  return (
    <>
      {!isTitled && <h2>{title}</h2>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to */}
      <section class="scroll" aria-label={title} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {heads.map((head, n) => (
                <th key={head} scope="col" class={numbers.includes(n) ? 'number' : ''}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </section>
    </>
  )
}
