import { Refusal } from '../request.ts'
import { text } from '../state.ts'

/** What went wrong, in the language of the page where the console says it often, and else as it was said. */
export function Problem({ of: error }: { readonly of: unknown }) {
  if (error === undefined) return null
  const t = text.value
  const known = error instanceof Refusal ? t.problems[error.status] : undefined
  const detail = error instanceof Refusal ? error.message : ''
  return (
    <p class="problem" role="alert">
      {known ?? t.problem} {detail && <small lang="en">{detail}</small>}
    </p>
  )
}
