import { type Signal, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { text } from '../state.ts'
import { type Loaded, type LoadSettings, useLoaded } from './load.ts'

interface Page {
  readonly next_cursor?: string | undefined
}

interface Pages<P extends Page> {
  /** The newest first. */
  readonly pages: readonly P[]
  readonly isLoading: boolean
  readonly problem: unknown
  /** Asks for the page behind the last one; undefined: there is none. */
  readonly more: (() => void) | undefined
}

/** How many pages of a list the user wants to see. */
interface Asked {
  /** Identifies the list: a new object whenever `when` changes. */
  readonly list: object
  readonly pages: number
}

interface Shown<P extends Page> {
  readonly asked: Asked
  readonly pages: readonly P[]
}

type Load<P extends Page> = (cursor?: string, signal?: AbortSignal) => Promise<P>

/** The pages of a list: {@link useLoaded} loads and refreshes the first, `more` adds the next. */
export function usePages<P extends Page>(load: Load<P>, when: string, settings: LoadSettings = {}): Pages<P> {
  const first = useMemo((): Asked => ({ list: {}, pages: 1 }), [when])
  const later = useSignal<Asked | undefined>(undefined)
  const asked = later.value?.list === first.list ? later.value : first
  const loaded: Signal<Loaded<Shown<P>>> = useLoaded(
    async (signal) => {
      const { value } = loaded.peek()
      const known = value?.asked.list === asked.list ? value.pages : []
      const begun = value?.asked === asked ? [] : known
      return { asked, pages: await loadPages(load, { known, begun, count: asked.pages, signal }) }
    },
    asked,
    settings,
  )
  const { value, problem } = loaded.value
  const pages = value?.pages ?? []
  const more = () => {
    later.value = { list: asked.list, pages: pages.length + 1 }
  }
  return {
    pages,
    isLoading: !value && !problem,
    problem,
    more: pages.at(-1)?.next_cursor ? more : undefined,
  }
}

interface Wanted<P extends Page> {
  /** The pages shown now. */
  readonly known: readonly P[]
  /** Pages to keep without a refresh. */
  readonly begun: readonly P[]
  readonly count: number
  readonly signal: AbortSignal
}

/**
 * Loads pages up to `count`, each from the cursor of the page before. A known page is reused if its cursor has not changed.
 * New rows change the cursors, and then the later pages are loaded again: otherwise rows would be missing between two pages.
 */
async function loadPages<P extends Page>(
  load: Load<P>,
  { known, begun, count, signal }: Wanted<P>,
): Promise<P[]> {
  const pages = [...begun]
  while (pages.length < count) {
    const cursor = pages.at(-1)?.next_cursor
    if (pages.length > 0 && cursor === undefined) break
    const kept = cursor !== undefined && known[pages.length - 1]?.next_cursor === cursor
    pages.push((kept && known[pages.length]) || (await load(cursor, signal)))
  }
  return pages
}

/** The button for the page behind the last one, where there is one. */
export function More({
  more,
  label = text.value.more,
}: Pick<Pages<Page>, 'more'> & { readonly label?: string }) {
  if (!more) return null
  return (
    <button type="button" class="plain" onClick={more}>
      {label}
    </button>
  )
}
