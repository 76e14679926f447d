import type pg from 'pg'
import { inTransaction } from '../../database/inTransaction.ts'
import { ServiceError } from '../../serviceError.ts'
import type { Call, Json, OnceHandler, RecordThenAnswer, Reply } from '../endpoint.ts'
import { type Claim, claimKey, type Outcome } from './sql/claimKey.ts'
import { storeOutcome } from './sql/storeOutcome.ts'

/**
 * Answers a request whose effect, and the note of its Idempotency-Key, commit together. A repetition has no effect and gets
 * the answer of the first; what fails is rolled back with its note, so that a repetition tries it again.
 * @throws ServiceError `keyReused` when the key came with another request, `keyInUse` when the first with it takes long;
 * what the handler throws.
 */
export async function answerOnce(
  handler: OnceHandler,
  call: Call,
  { pool, claim }: { readonly pool: pg.Pool; readonly claim: Claim | undefined },
): Promise<Reply> {
  const steps = stepsOf(handler)
  if (claim === undefined) return steps.answer(parse(await recordWithoutKey(steps, call, pool)), call)
  const { outcome, isRepeated } = await inTransaction(pool, async (client) => {
    const known = await claimKey(client, claim).catch(explainClaim)
    if (known !== undefined) return { outcome: outcomeOf(known), isRepeated: true }
    const outcome = await record(steps, call, client)
    await storeOutcome(client, claim.key, outcome)
    return { outcome, isRepeated: false }
  })
  const reply = await steps.answer(parse(outcome), call)
  return isRepeated ? { ...reply, headers: { ...reply.headers, 'idempotent-replayed': 'true' } } : reply
}

interface Steps {
  readonly needsTransaction: boolean
  record(call: Call, client: pg.Pool | pg.PoolClient): Promise<Json>
  answer(recorded: Json, call: Call): Reply | Promise<Reply>
}

function stepsOf(handler: OnceHandler): Steps {
  if (typeof handler === 'function') return { ...answerAsStep(handler), needsTransaction: true }
  const answer: Steps['answer'] = (recorded, call) => handler.answer(recorded, call)
  return 'record' in handler
    ? {
        record: (call, client: pg.PoolClient) => handler.record(call, client),
        answer,
        needsTransaction: true,
      }
    : {
        record: (call, client) => handler.recordInOneStatement(call, client),
        answer,
        needsTransaction: false,
      }
}

/** Records the answer as the text that is sent, with all digits of its numbers. */
function answerAsStep(handler: Extract<OnceHandler, (...args: never) => unknown>): RecordThenAnswer {
  return {
    record: async (call, client) => asText(await handler(call, client)),
    answer: (reply: Reply) => reply,
  }
}

const jsonType = 'application/json; charset=utf-8'

function asText({ status = 200, headers = {}, body }: Reply): Json {
  if (body === undefined) return { status, headers }
  if (headers['content-type'] !== undefined) return { status, headers, body: String(body) }
  return { status, headers: { 'content-type': jsonType, ...headers }, body: JSON.stringify(body) }
}

async function record(steps: Steps, call: Call, client: pg.Pool | pg.PoolClient): Promise<string> {
  return JSON.stringify(await steps.record(call, client))
}

function recordWithoutKey(steps: Steps, call: Call, pool: pg.Pool): Promise<string> {
  if (!steps.needsTransaction) return record(steps, call, pool)
  return inTransaction(pool, (client) => record(steps, call, client))
}

function parse(outcome: string): Json {
  return JSON.parse(outcome) as Json
}

function outcomeOf({ isSame, stored }: Outcome): string {
  if (isSame) return stored
  throw new ServiceError(
    'keyReused',
    'This Idempotency-Key came with another request. Use a new key for a new request, and repeat one as it was.',
  )
}

const lockNotAvailable = '55P03'
const notMigrated = new Set(['3F000', '42883'])

function explainClaim(cause: Error & { readonly code?: unknown }): never {
  if (cause.code === lockNotAvailable)
    throw new ServiceError(
      'keyInUse',
      'The first request with this Idempotency-Key is still under way. Repeat it later.',
      { cause, headers: { 'retry-after': '1' } },
    )
  if (notMigrated.has(String(cause.code)))
    throw new ServiceError('unavailable', 'The schema idempotency is not there yet: migrate the database.', {
      cause,
      headers: { 'retry-after': '5' },
    })
  throw cause
}
