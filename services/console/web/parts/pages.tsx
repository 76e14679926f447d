import { useSignal } from '@preact/signals'
import { text } from '../state.ts'
import { type LoadSettings, useLoaded } from './load.ts'

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

/** The first page, loaded as {@link useLoaded} does it, and those behind it that were asked for since `when` changed. */
export function usePages<P extends Page>(
  load: (cursor?: string, signal?: AbortSignal) => Promise<P>,
  when: string,
  settings: LoadSettings = {},
): Pages<P> {
  const older = useSignal<readonly P[]>([])
  const problem = useSignal<unknown>(undefined)
  const shown = useSignal<string | undefined>(undefined)
  const first = useLoaded(
    (signal) => {
      if (shown.peek() !== when) older.value = []
      shown.value = when
      return load(undefined, signal)
    },
    when,
    settings,
  )
  const { value, problem: refusal } = first.value
  const pages = [...(value ? [value] : []), ...older.value]
  const next = pages.at(-1)?.next_cursor
  const more = async () => {
    try {
      older.value = [...older.value, await load(next)]
    } catch (error) {
      problem.value = error
    }
  }
  return {
    pages,
    isLoading: !value && !refusal,
    problem: problem.value ?? refusal,
    more: next ? () => void more() : undefined,
  }
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
