import type { z } from 'zod'
import type { ErrorStyle } from './errorStyle.ts'
import type { RequestContext } from './requestContext.ts'

/** What one answer looks like. */
export interface ResponseDoc {
  readonly description: string
  readonly schema?: z.ZodType
  /** Default: application/json where there is a schema. */
  readonly mediaType?: string
}

/** What one endpoint is, for routing, for checking what comes in, and for OpenAPI. */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As express has it: `/messages/:id`. */
  readonly path: string
  readonly summary: string
  /** Default: everybody. For `operator` see OPERATOR_TOKEN. */
  readonly role?: 'operator'
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** Headers of the request that change what it does, in lower case. */
  readonly headers?: z.ZodObject
  /** The JSON body; where there is none, bodies are not read. */
  readonly body?: z.ZodType
  /** Reads the body's text; default `JSON.parse`, which makes numbers floating-point. Throws when it is not JSON. */
  readonly parseBody?: (text: string) => unknown
  /** What it answers when all is well, by status. */
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

/** What is answered: `body` as JSON, or as it is where `headers` has a content-type. */
export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export type Handler<E = Endpoint> = (call: Call<E>) => Reply | Promise<Reply>

/** What answers each of the endpoints. */
export type Handlers<E extends Endpoints = Endpoints> = { readonly [Name in keyof E]: Handler<E[Name]> }

/** An endpoint and what answers it. */
export interface Route {
  readonly endpoint: Endpoint
  readonly handle: Handler
}

/** Pairs the endpoints with what answers them. */
export function routesOf<E extends Endpoints>(endpoints: E, handlers: Handlers<E>): Route[] {
  return Object.entries(endpoints).map(([name, endpoint]) => ({
    endpoint,
    handle: handlers[name] as unknown as Handler,
  }))
}
