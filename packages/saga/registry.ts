import type { AnySaga } from './definition.ts'
import { SagaError } from './sagaError.ts'
import type { HistoryEntry, SagaState, StepState } from './state.ts'

/** The definitions that a process has. */
export interface Registry {
  /** Undefined: no definition here can continue it; another process may. */
  find(name: string, version: number): AnySaga | undefined
  /** Every name and version that `find` finds. */
  readonly supported: readonly { readonly name: string; readonly version: number }[]
  readonly definitions: readonly AnySaga[]
}

/** @throws SagaError `invalidDefinition` if two have the same name and version. */
export function createRegistry(definitions: readonly AnySaga[]): Registry {
  const byVersion = new Map<string, AnySaga>()
  for (const definition of definitions) {
    const place = placeOf(definition)
    if (byVersion.has(place))
      throw new SagaError('invalidDefinition', `There are two definitions of saga ${place}.`)
    byVersion.set(place, definition)
  }
  const find = (name: string, version: number) => {
    const exact = byVersion.get(placeOf({ name, version }))
    const next = byVersion.get(placeOf({ name, version: version + 1 }))
    return exact ?? (next?.upgrade ? next : undefined)
  }
  const candidates = definitions.flatMap(({ name, version }) =>
    [version, version - 1].map((each) => ({ name, version: each })),
  )
  const places = new Map(candidates.map((each) => [placeOf(each), each]))
  const supported = [...places.values()].filter(({ name, version }) => find(name, version) !== undefined)
  return { find, supported, definitions: [...definitions] }
}

function placeOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name} version ${version}`
}

/**
 * The saga upgraded to the definition, if that is of the next version.
 * @throws SagaError `notUpgradable` if the definition lacks a step that the saga has taken.
 */
export function upgrade(
  { name, version, order, upgrade: how }: AnySaga,
  state: SagaState,
): { readonly state: SagaState; readonly history: readonly HistoryEntry[] } {
  if (state.version === version) return { state, history: [] }
  const renamed = (step: string) => how?.steps?.[step] ?? step
  const missing = Object.keys(state.steps).filter((step) => !order.includes(renamed(step)))
  if (how === undefined || missing.length > 0)
    throw new SagaError(
      'notUpgradable',
      `Saga ${state.id} has taken the steps ${missing.join(', ')}, which ${name} version ${version} does not have. Keep version ${state.version} as well.`,
    )
  const steps = Object.fromEntries(
    Object.entries(state.steps).map(([step, known]): [string, StepState] => [renamed(step), known]),
  )
  const { outstanding } = state
  return {
    state: {
      ...state,
      version,
      data: how.data(state.data),
      steps,
      outstanding: outstanding && { ...outstanding, step: renamed(outstanding.step) },
    },
    history: [{ kind: 'upgraded', detail: { from: state.version, to: version } }],
  }
}
