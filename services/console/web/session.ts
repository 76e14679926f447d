import { signal } from '@preact/signals'
import type { SessionState } from '../shapes.ts'

/** Who looks at the pages; undefined: not known yet. */
export const session = signal<SessionState | undefined>(undefined)
