import { ServiceError } from '../serviceError.ts'
import type { Variable } from './variable.ts'

/** Variables by the names that a service's code uses. */
export type Variables = Readonly<Record<string, Variable<unknown>>>

export type Values<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Says what is wrong with several variables together. */
export type ConfigCheck = (env: Environment) => string[]

/** What a service can be set to. */
export interface ConfigSpec<V extends Variables = Variables> {
  readonly variables: V
  readonly checks: readonly ConfigCheck[]
}

export type ConfigOf<S> = S extends ConfigSpec<infer V> ? Values<V> : never

/** Puts together what a service can be set to: its variables and checks of several of them. */
export function defineConfig<V extends Variables>(variables: V, ...checks: ConfigCheck[]): ConfigSpec<V> {
  return { variables, checks }
}

/**
 * The values of the variables in this environment; an empty text counts as not set.
 * @throws ServiceError `invalidConfig`, whose `problems` say everything that is wrong, without any value of a secret.
 */
export function loadConfig<V extends Variables>(spec: ConfigSpec<V>, env: Environment): Values<V> {
  const found: string[] = []
  const entries = Object.entries(spec.variables)
  const values = Object.fromEntries(entries.map(([field, variable]) => [field, read(variable, env, found)]))
  found.push(...spec.checks.flatMap((check) => check(env)))
  // A check may read a variable by itself.
  const problems = [...new Set(found)]
  if (problems.length > 0)
    throw new ServiceError('invalidConfig', `Wrong configuration:\n- ${problems.join('\n- ')}`, { problems })
  return values as Values<V>
}

function read(variable: Variable<unknown>, env: Environment, problems: string[]): unknown {
  const { name, required, fallback, secret } = variable
  const text = env[name] || fallback
  if (text === undefined) {
    if (required) problems.push(`${name} is not set: ${variable.doc}`)
    return undefined
  }
  try {
    return variable.parse(text)
  } catch (error) {
    const must = error instanceof Error ? error.message : String(error)
    problems.push(`${name} must be ${must}${secret ? '' : `, not "${text}"`}`)
    return undefined
  }
}

/** What `--help` prints: each variable with its meaning, what may stand in it, and its default. */
export function describeConfig(spec: ConfigSpec): string {
  return Object.values(spec.variables)
    .map(({ name, kind, fallback, required, doc }) => {
      const otherwise = required
        ? 'required'
        : fallback === undefined
          ? 'not set'
          : `default ${fallback || 'empty'}`
      return `${name}\n    ${doc}\n    (${kind}; ${otherwise})`
    })
    .join('\n')
}
