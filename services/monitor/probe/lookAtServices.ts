import type { ServiceUrl } from '@relevo/kit'
import { z } from 'zod'
import { type Look, lookOfError, withoutBlindness } from '../domain/look.ts'
import { type Asking, askJson, reasonOf } from './askJson.ts'
import { type FoundWork, readWork } from './readWork.ts'
import { takesConnections } from './takesConnections.ts'

export interface LookSettings {
  /** Bound of each question, in milliseconds. */
  readonly timeoutMs: number
  /** How long what was told of the work is good for, in milliseconds. */
  readonly detailEveryMs: number
  readonly fetch?: typeof globalThis.fetch
  /** The operator token, which services require for their work's figures if AUTH is on. */
  token(): string | undefined
}

const unready = z.object({ problems: z.record(z.string(), z.string()) })

/** Looks at services again and again, and remembers in between what they told of their work. */
export function createLooks(targets: readonly ServiceUrl[], settings: LookSettings) {
  const known = new Map<string, { readonly found: FoundWork; readonly at: number }>()

  async function lookAt(target: ServiceUrl): Promise<Look> {
    const beganAt = performance.now()
    const asking = { ...settings, signal: AbortSignal.timeout(settings.timeoutMs), token: settings.token() }
    try {
      const { status, body } = await askJson(`${target.url}/ready`, { ...asking, token: undefined })
      const responseMs = Math.round(performance.now() - beganAt)
      const { work, problems } = await workOf(target, asking)
      return { kind: 'answered', responseMs, problems: [...readyProblems(status, body), ...problems], work }
    } catch (error) {
      known.delete(target.name)
      const { code, detail } = reasonOf(error)
      const look = lookOfError(code, detail)
      const isSilent = look.kind === 'failed' && look.code === 'timeout'
      return isSilent && (await takesConnections(target.url)) ? { ...look, code: 'hung' } : look
    }
  }

  async function workOf(target: ServiceUrl, asking: Asking): Promise<FoundWork> {
    const last = known.get(target.name)
    const isFresh = last !== undefined && performance.now() - last.at < settings.detailEveryMs
    // Its end is to be seen at once.
    if (isFresh && last.found.problems.length === 0) return last.found
    const found = await readWork(target, asking)
    known.set(target.name, { found, at: performance.now() })
    return found
  }

  return {
    /** One look at each. */
    async look(): Promise<ReadonlyMap<string, Look>> {
      const beganAt = performance.now()
      const looks = await Promise.all(
        targets.map(async (target) => [target.name, await lookAt(target)] as const),
      )
      const tookMs = performance.now() - beganAt
      return withoutBlindness({ looks: new Map(looks), tookMs, boundMs: settings.timeoutMs })
    },
  }
}

export type Looks = ReturnType<typeof createLooks>

/** The checks that fail. An answer of another form than our services give is one of its own. */
function readyProblems(status: number, body: unknown): string[] {
  if (status === 200) return []
  const told = unready.safeParse(body).data
  const names = Object.keys(told?.problems ?? {})
  return names.length > 0 ? names : [`/ready answers ${status}`]
}
