import type {
  AnyStepOf,
  Compensation,
  Patience,
  RequestStep,
  SagaDefinition,
  SagaSpec,
  Step,
} from './definition.ts'
import { isLocal, isRequest } from './definition.ts'
import { SagaError } from './sagaError.ts'

const nameForm = /^[a-z][\w.-]{0,62}$/i

/**
 * Checks a definition. A definition that cannot work does not compile, or throws here, when the process starts, and never in the
 * middle of a saga.
 * @throws SagaError `invalidDefinition` with everything that is wrong.
 */
export function defineSaga<Input, Data>(spec: SagaSpec<Input, Data>): SagaDefinition<Input, Data> {
  const order = Object.keys(spec.steps)
  const pivots = order.filter((name) => spec.steps[name]?.pivot)
  const [pivot] = pivots
  const problems = [
    ...problemsOfNames(spec, order),
    ...(pivots.length > 1 ? [`it has the pivots ${pivots.join(', ')}; one is the point of no return`] : []),
    ...(pivot === undefined && spec.cancellable === 'afterwards'
      ? ['cancellable: afterwards means behind the pivot, and it has none']
      : []),
    ...order.flatMap((name, place) => {
      const isBehindPivot = pivot !== undefined && place > order.indexOf(pivot)
      const problems = problemsOfStep(spec.steps[name] as Step<Data>, isBehindPivot)
      return problems.map((problem) => `step ${name} ${problem}`)
    }),
  ]
  if (problems.length > 0)
    throw new SagaError('invalidDefinition', `Saga ${spec.name}: ${problems.join('; ')}.`)
  return { ...spec, order, pivot }
}

function problemsOfNames<Input, Data>(spec: SagaSpec<Input, Data>, order: readonly string[]): string[] {
  const { name, version, upgrade } = spec
  const problems = [name, ...order]
    .filter((each) => !nameForm.test(each))
    .map((each) => `"${each}" is no name: a letter first, then letters, digits, _ . -`)
  if (order.length === 0) problems.push('it has no steps')
  if (!Number.isInteger(version) || version < 1 || version > 32_767)
    problems.push('its version is no number from 1')
  if (upgrade && version === 1) problems.push('version 1 has none before it to upgrade from')
  for (const target of Object.values(upgrade?.steps ?? {}))
    if (!order.includes(target)) problems.push(`upgrade renames a step to ${target}, which it has not`)
  return problems
}

function problemsOfStep(step: AnyStepOf, isBehindPivot: boolean): string[] {
  const undo = step.compensation ? problemsOfCompensation(step.compensation) : []
  return [...(isRequest(step) ? problemsOfRequest(step, isBehindPivot) : []), ...undo]
}

function problemsOfRequest(step: RequestStep<unknown>, isBehindPivot: boolean): string[] {
  const { done, failed = {}, busy = [], attempts, compensation } = step
  const problems = [...problemsOfPatience(step), ...problemsOfReplies([done, failed], busy)]
  if (attempts !== 'forever' && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 1_000))
    problems.push("needs attempts from 1 to 1,000, or 'forever'")
  if (isBehindPivot && attempts !== 'forever')
    problems.push("is behind the pivot, from where the saga only goes forward: attempts: 'forever'")
  if (isBehindPivot && Object.keys(failed).length > 0)
    problems.push('is behind the pivot and must not fail: let its participant answer something busy')
  if (compensation && !isLocal(compensation)) problems.push(...problemsOfSharing(done, compensation))
  return problems
}

/** A late reply is recognised by its type. */
function problemsOfSharing(done: object, { done: undone }: { readonly done: object }): string[] {
  const shared = Object.keys(done).filter((type) => Object.hasOwn(undone, type))
  return shared.map((type) => `has the reply ${type} for done and for undone; give them two types`)
}

function problemsOfCompensation(undo: Compensation<unknown>): string[] {
  if (isLocal(undo)) return []
  const { done, refused = {}, busy = [], whenRefused } = undo
  const isIdle = whenRefused !== undefined && Object.keys(refused).length === 0
  return [
    ...problemsOfPatience(undo),
    ...problemsOfReplies([done, refused], busy),
    ...(isIdle ? ['says what happens when it is refused, and knows no such reply'] : []),
  ].map((problem) => `has a compensation that ${problem}`)
}

function problemsOfReplies(groups: readonly object[], busy: readonly string[]): string[] {
  const types = [...groups.flatMap((group) => Object.keys(group)), ...busy]
  const twice = types.filter((type, place) => types.indexOf(type) !== place)
  return [
    ...(Object.keys(groups[0] ?? {}).length === 0 ? ['knows no reply that says it is done'] : []),
    ...twice.map((type) => `has the reply ${type} twice`),
  ]
}

function problemsOfPatience({
  timeoutMs,
  factor = 2,
  maxTimeoutMs,
  stuckAfter = 5,
}: Patience & { stuckAfter?: number }) {
  const problems: string[] = []
  if (!(timeoutMs >= 1 && timeoutMs <= mostMs)) problems.push('needs a timeoutMs from 1 ms to 31 days')
  if (!(factor >= 1 && factor <= 10)) problems.push('needs a factor from 1 to 10')
  if (maxTimeoutMs !== undefined && !(maxTimeoutMs >= timeoutMs && maxTimeoutMs <= mostMs))
    problems.push('needs a maxTimeoutMs from its timeoutMs to 31 days')
  if (!(Number.isInteger(stuckAfter) && stuckAfter >= 1)) problems.push('needs a stuckAfter from 1')
  return problems
}

const mostMs = 31 * 86_400_000
