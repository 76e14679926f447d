import type { Request, Response } from 'express'
import type { z } from 'zod'

/** What one answer looks like. */
export interface ResponseDoc {
  description: string
  schema?: z.ZodType
}

/** What one endpoint is, for OpenAPI and for routing. */
export interface Endpoint {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As express has it: `/messages/:id`. */
  path: string
  summary: string
  query?: z.ZodObject
  /** Headers of the request that change what it does. */
  headers?: z.ZodObject
  /** The JSON body; where there is none, bodies are not read. */
  body?: z.ZodType
  responses: Readonly<Record<number, ResponseDoc>>
}

/** An endpoint with what answers it. The body has been read as JSON and not checked against the schema. */
export interface Route extends Endpoint {
  /** Reads the body's text; default `JSON.parse`, which makes numbers floating-point. Throws when it is not JSON. */
  parseBody?(text: string): unknown
  handle(request: Request, response: Response): void | Promise<void>
}
