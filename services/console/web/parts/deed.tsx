import { useSignal } from '@preact/signals'
import type { DeedPreview } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { said, text } from '../state.ts'
import { ReasonDialog } from './reasonDialog.tsx'

export interface DeedProps {
  /** On the button, and above the dialog that it opens. */
  readonly label: string
  /** What it is done to, for who hears the button and not what is around it. */
  readonly of?: string | undefined
  /** On the button that does it. */
  readonly confirm: string
  readonly explain: string
  /** Where it is asked for. */
  readonly path: string
  /** What it is done to. */
  readonly meant: Readonly<Record<string, string | number>>
  /** Undefined: it is a single item, which needs no count beforehand. */
  readonly preview?: 'redrive' | 'others' | undefined
  /** It can be done step by step as well. */
  readonly hasSpeeds?: boolean
  /** What is said once it is done. */
  readonly say: (done: number) => string
  readonly onDone?: () => void
}

/** A button that shows what would be done, asks why, and does it. */
export function Deed(props: DeedProps) {
  const { label, of, confirm, explain, path, preview: isCounted, hasSpeeds, meant, say, onDone } = props
  const preview = useSignal<DeedPreview | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const count = async () => {
    preview.value = undefined
    if (isCounted === undefined) return
    try {
      preview.value = await ask<DeedPreview>('preview', { query: meant })
    } catch (error) {
      problem.value = error
    }
  }
  const act = async (note: string, fields: FormData) => {
    const speed = Number(fields.get('per_second'))
    const body = { ...meant, note, ...(speed > 0 && { per_second: speed }) }
    const { done, action } = await ask<{ done: number; action?: string }>(path, { method: 'POST', body })
    said.value = action === undefined ? say(done) : text.value.saidBegun
    onDone?.()
  }
  const found = preview.value
  return (
    <ReasonDialog
      label={label}
      mark={of && <span class="hidden"> {of}</span>}
      isMain={isCounted === 'redrive' && !of}
      confirm={confirm}
      isReady={isCounted === undefined || (found !== undefined && countOf(found, isCounted) > 0)}
      problem={problem}
      onOpen={count}
      onReason={act}
    >
      <p>{explain}</p>
      {isCounted && <Preview of={found} kind={isCounted} />}
      {hasSpeeds && <Speeds />}
    </ReasonDialog>
  )
}

const speeds = [1, 5, 20, 100] as const

function Speeds() {
  const t = text.value
  return (
    <label>
      {t.speed}
      <select name="per_second">
        <option value="">{t.atOnce}</option>
        {speeds.map((each) => (
          <option key={each} value={each}>
            {t.perSecond(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

type PreviewKind = NonNullable<DeedProps['preview']>

/** What cannot be redriven can be discarded all the same. */
function countOf({ events, impossible }: DeedPreview, kind: PreviewKind): number {
  return kind === 'redrive' ? events : events + impossible
}

function Preview({ of: found, kind }: { readonly of: DeedPreview | undefined; readonly kind: PreviewKind }) {
  const t = text.value
  if (!found) return <p role="status">{t.previewing}</p>
  const { keys, waiting, impossible } = found
  const all = countOf(found, kind)
  const how = keys === 0 ? t.events(all) : t.preview(t.events(all), t.keys(keys))
  return (
    <div class="preview" role="status">
      <p>
        <strong>{all === 0 ? t.nothingToDo : how}</strong>
      </p>
      {kind === 'redrive' && waiting > 0 && <p>{t.waitingFirst(t.events(waiting))}</p>}
      {kind === 'redrive' && impossible > 0 && <p>{t.impossible(t.events(impossible))}</p>}
    </div>
  )
}
