import type { Content } from '../../shapes.ts'
import { text } from '../state.ts'

/** The payload and headers of an event. */
export function ContentOf({ headers, payload, name }: Content & { readonly name: string }) {
  const t = text.value
  const isMasked = JSON.stringify([payload, headers]).includes('•••')
  return (
    <section class="content" aria-label={t.contentOf(name)}>
      <h3>{t.payload}</h3>
      {payload.kind === 'json' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must be able to
        <pre tabIndex={0}>{payload.text}</pre>
      )}
      {payload.kind === 'opaque' && <p>{t.opaque(payload.bytes)}</p>}
      {payload.kind === 'none' && <p>{t.noPayload}</p>}
      <h3>{t.headers}</h3>
      {Object.keys(headers).length === 0 && <p>{t.noHeaders}</p>}
      <dl class="headers">
        {Object.entries(headers).map(([header, value]) => (
          <div key={header}>
            <dt>{header}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {isMasked && (
        <p>
          <small>{t.masked}</small>
        </p>
      )}
    </section>
  )
}
