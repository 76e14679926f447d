import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import type pg from 'pg'

/** Statements that are prepared, of all connections of the process; those that come later go unprepared. */
const mostStatements = 300

const names = new Map<string, string>()

/** A digest of the text, so that no other statement has the name: a pooler may hand a session on to another process. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= mostStatements) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}

/** There is no statement of that name, or one already: a pooler has given the transaction another session. */
const sessionStates: readonly unknown[] = ['26000', '42P05']

/** A migration has changed the columns of a result. Its SQLSTATE, 0A000, has many meanings. */
const changedResult = 'RevalidateCachedQuery'

function isStale(error: unknown): boolean {
  const { code, routine } = (error ?? {}) as { readonly code?: unknown; readonly routine?: unknown }
  return sessionStates.includes(code) || routine === changedResult
}

/** What node-postgres' types leave out. */
type PoolClient = pg.ClientBase & {
  readonly pipeline?: boolean
  readonly connection: { readonly stream: Writable }
}

type Callback = (error: Error | null, result?: unknown) => void
type Submit = (config: unknown, values?: unknown, callback?: Callback) => Promise<unknown> | undefined

/**
 * Has a client prepare each statement with parameters at its first use and go by its name from then on, so that neither side
 * parses it again and Postgres plans it no more. When prepared statements turn out to be gone, or out of date, the transaction that meets
 * that fails, which is safe to retry, and the connection goes on without them. On a pipelined connection, what is sent in one turn of
 * the event loop goes in one system call.
 */
export function prepareStatements(client: PoolClient): void {
  const submit = client.query.bind(client) as unknown as Submit
  let prepares = true
  const note = (error: unknown) => {
    if (isStale(error)) prepares = false
  }
  const query: Submit = (config, values, callback) => {
    if (client.pipeline) sendAtOnce(client.connection.stream)
    const statement = toStatement(config, values)
    if (statement === undefined) return submit(config, values, callback)
    const { name = nameOf(statement.text), ...unprepared } = statement
    const sent = prepares && name !== undefined ? { ...unprepared, name } : unprepared
    const done = typeof values === 'function' ? (values as Callback) : callback
    if (done === undefined) return noting(submit(sent), note)
    return submit(sent, undefined, (error, result) => {
      note(error)
      done(error, result)
    })
  }
  client.query = query as unknown as pg.ClientBase['query']
}

function sendAtOnce(stream: Writable): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

function noting(result: Promise<unknown> | undefined, note: (error: unknown) => void) {
  result?.catch(note)
  return result
}

type Statement = Omit<pg.QueryConfig, 'name' | 'values'> & {
  readonly name?: string | undefined
  readonly values: unknown[]
}

/** Undefined: it has no parameters, or is an object of its own kind such as a cursor. */
function toStatement(config: unknown, values: unknown): Statement | undefined {
  const text =
    typeof config === 'string' ? { text: config } : (config as pg.QueryConfig & { submit?: unknown })
  const parameters = Array.isArray(values) ? values : text?.values
  if (!Array.isArray(parameters) || 'submit' in text) return undefined
  return { ...text, values: parameters }
}
