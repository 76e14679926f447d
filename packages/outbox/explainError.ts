import { OutboxError, type OutboxErrorCode } from './outboxError.ts'

/** Errors raised by the schema's functions, and by Postgres if these are missing. Null: the error's own message. */
const meanings: Readonly<Record<string, readonly [OutboxErrorCode, string | null]>> = {
  OB001: ['invalidEvent', null],
  OB002: ['unstorable', null],
  OB003: ['tooLarge', null],
  '3F000': ['notMigrated', 'This database has no schema "outbox". Run the migrations first.'],
  '42883': ['notMigrated', 'This database has no function outbox.enqueue. Run the migrations first.'],
}

/** Converts a client's error to the OutboxError that it means; returns any other error as it is. */
export function explainError(error: unknown): unknown {
  for (const { code, message } of errorLayers(error)) {
    const meaning = meanings[code]
    if (meaning) return new OutboxError(meaning[0], meaning[1] ?? message, { cause: error })
  }
  return error
}

/** One of a library's nested errors. */
export interface ErrorLayer {
  /** Postgres' SQLSTATE, or a code of the library. */
  readonly code: string
  readonly message: string
}

interface Layer {
  readonly code?: unknown
  readonly message?: unknown
  /** Prisma's, of errors that it has a name for. */
  readonly originalCode?: unknown
  /** Drizzle's, and others'. */
  readonly cause?: unknown
  /** Sequelize's and TypeORM's. */
  readonly original?: unknown
  /** Prisma's. */
  readonly meta?: { readonly driverAdapterError?: unknown }
}

const mostLayers = 5

/** The error and its nested errors, outermost first. */
export function* errorLayers(error: unknown): Generator<ErrorLayer> {
  let layer: unknown = error
  for (let depth = 0; depth < mostLayers && typeof layer === 'object' && layer !== null; depth++) {
    const wrapper: Layer = layer
    yield { code: String(wrapper.originalCode ?? wrapper.code), message: String(wrapper.message) }
    layer = wrapper.cause ?? wrapper.original ?? wrapper.meta?.driverAdapterError
  }
}
