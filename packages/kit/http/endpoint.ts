import type { ServerResponse } from 'node:http'
import type pg from 'pg'
import type { z } from 'zod'
import type { ErrorStyle } from './errorStyle.ts'
import type { Role } from './identity/identity.ts'
import type { RequestContext } from './requestContext.ts'

/** What one answer looks like. */
export interface ResponseDoc {
  readonly description: string
  readonly schema?: z.ZodType
  /** Default: application/json where there is a schema. */
  readonly mediaType?: string
}

/** The description of an endpoint, for routing, checking requests, and OpenAPI. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** In express' form: `/messages/:id`. */
  readonly path: string
  readonly summary: string
  /** The lowest role that may call it. Default: everybody. For `operator` see also OPERATOR_TOKEN. */
  readonly role?: Role
  /**
   * Who may call it with AUTH on, instead of a role: with AUTH off it is open to all, and never requires the operator token.
   * With AUTH on, an endpoint with neither is for operators.
   */
  readonly access?: 'public' | Role
  /** Requires no token on the service's own port, and is never forwarded by the gateway: network policies decide who may scrape it. */
  readonly scraped?: true
  /** Of a POST. False: it takes no Idempotency-Key, since its answer must not be stored. Default: true. */
  readonly once?: false
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** Headers of the request that change what it does, in lower case. */
  readonly headers?: z.ZodObject
  /** The JSON body; without a schema, bodies are not read. */
  readonly body?: z.ZodType
  /** Media types of the body, the preferred one first. Default: application/json, and whatever ends with +json. */
  readonly bodyTypes?: readonly [string, ...string[]]
  /** Reads the body's text; default `JSON.parse`, which makes numbers floating-point. Throws when it is not JSON. */
  readonly parseBody?: (text: string) => unknown
  /** Its successful answers, by status. */
  readonly responses: Readonly<Record<number, ResponseDoc>>
  /** What its own errors mean, by status; the kit describes those that all endpoints have. */
  readonly errors?: Readonly<Record<number, string>>
}

export type Endpoints = Readonly<Record<string, Endpoint>>

/** The HTTP side of a service as `services/<name>/api.ts` declares it. */
export interface Api<E extends Endpoints = Endpoints> {
  readonly title: string
  readonly version: string
  readonly errors: ErrorStyle
  readonly endpoints: E
}

export function defineApi<const E extends Endpoints>(api: Api<E>): Api<E> {
  return api
}

type Output<E, Part extends string, Otherwise> = E extends { readonly [P in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : Otherwise

/** A request, its parts checked and transformed by the endpoint's schemas. */
export interface Call<E = Endpoint> {
  readonly body: Output<E, 'body', undefined>
  readonly query: Output<E, 'query', Record<string, never>>
  readonly params: Output<E, 'params', Readonly<Record<string, string>>>
  readonly headers: Output<E, 'headers', Record<string, never>>
  readonly context: RequestContext
}

/** An answer: `body` as JSON, or unchanged if `headers` has a content-type; or what `stream` writes. */
export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Gets the response once its head is sent, writes the body over time, and ends it: at the latest when the service stops. */
  readonly stream?: (response: ServerResponse) => void
}

/** A POST takes effect once for each Idempotency-Key, unless it is for operators or says that it does not. */
type TakesEffectOnce<E> = E extends { readonly method: 'post' }
  ? E extends { readonly role: 'operator' } | { readonly once: false }
    ? false
    : true
  : false

export type Handler<E = Endpoint> =
  TakesEffectOnce<E> extends true ? OnceHandler<E> : (call: Call<E>) => Reply | Promise<Reply>

/**
 * Handles a POST. A function does all of its work with `client`, in a transaction that commits when it returns: its answer is
 * sent after the commit, and again to a repetition with the same Idempotency-Key. It throws for every answer of 400 or
 * above, which rolls back. Work after the commit takes a second step.
 */
export type OnceHandler<E = Endpoint> =
  | ((call: Call<E>, client: pg.PoolClient) => Promise<Reply>)
  | RecordThenAnswer<E>
  | RecordInOneStatement<E>

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

// biome-ignore lint/suspicious/noExplicitAny: what `record` returns is what `answer` takes, and nobody else's business
type Anything = any

/** Records in the transaction, and answers after the commit what was recorded, to repetitions too. */
export interface RecordThenAnswer<E = Endpoint, Recorded extends Json = Anything> {
  record(call: Call<E>, client: pg.PoolClient): Promise<Recorded>
  /** Runs after the commit, and for a repetition as well: it has no effects. */
  answer(recorded: Recorded, call: Call<E>): Reply | Promise<Reply>
}

/** Records by one statement, which without an Idempotency-Key needs no transaction around it. */
export interface RecordInOneStatement<E = Endpoint, Recorded extends Json = Anything>
  extends Pick<RecordThenAnswer<E, Recorded>, 'answer'> {
  recordInOneStatement(call: Call<E>, client: pg.Pool | pg.PoolClient): Promise<Recorded>
}

/** A handler for each of the endpoints. */
export type Handlers<E extends Endpoints = Endpoints> = { readonly [Name in keyof E]: Handler<E[Name]> }

/** An endpoint and its handler. */
export interface Route {
  readonly endpoint: Endpoint
  readonly handle: Handler | OnceHandler
}

/** Pairs the endpoints with their handlers. */
export function routesOf<E extends Endpoints>(endpoints: E, handlers: Handlers<E>): Route[] {
  return Object.entries(endpoints).map(([name, endpoint]) => ({
    endpoint,
    handle: handlers[name] as unknown as Route['handle'],
  }))
}
