import { createLogger, createPool } from '@relevo/kit'
import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantinedKey,
  quarantineCommands,
  rebase,
} from '@relevo/relay'
import type pg from 'pg'

interface Output {
  out: (text: string) => void
  err: (text: string) => void
}

type Command = (pool: pg.Pool, output: Output, key: string | undefined) => Promise<number>

const usage = `relevo: an operator's view of an outbox. DATABASE_URL says which.

  relevo status                      backlog and quarantined keys
  relevo audit                       compares the counts of every shard; exit code 1 when they differ
  relevo quarantine                  keys held back because Kafka refuses their oldest event
  relevo quarantine redrive <key>    tries the key's events again, in order
  relevo quarantine skip <key>       leaves out the refused event and goes on with those behind it
  relevo quarantine discard <key>    leaves out every event that waits for the key
  relevo rebase                      after a restore into another Postgres cluster: makes the outbox work again`

const statementTimeoutMs = 3_600_000
const mostKeys = 1_000

/** Runs one command and returns the exit code: 0 done, 1 not done, 2 wrong use. */
export async function commandLine(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<number> {
  const found = findCommand(words)
  if (found === undefined) {
    output.err(usage)
    return words[0] === '--help' ? 0 : 2
  }
  if (!env.DATABASE_URL) {
    output.err('DATABASE_URL is not set: the Postgres database with the outbox.')
    return 2
  }
  const logger = createLogger('relevo', 'warn')
  const pool = createPool({
    databaseUrl: env.DATABASE_URL,
    name: 'relevo',
    size: 1,
    statementTimeoutMs,
    logger,
  })
  try {
    return await found.command(pool, output, found.key)
  } catch (error) {
    output.err(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    await pool.end()
  }
}

function findCommand(words: readonly string[]): { command: Command; key?: string } | undefined {
  const [first = '', second, key, ...rest] = words
  if (words.length === 1) {
    const command = simple[first]
    return command && { command }
  }
  const quarantineCommand = quarantineCommands.find((name) => name === second)
  if (first !== 'quarantine' || quarantineCommand === undefined || !key || rest.length > 0) return undefined
  return { command: (pool, output) => tell(pool, output, quarantineCommand, key), key }
}

const simple: Record<string, Command> = {
  status: async (pool, { out }) => {
    const { events, oldest_seconds } = await backlog(pool)
    const keys = await listQuarantine(pool, { limit: mostKeys })
    out(`backlog: ${events} events, the oldest ${oldest_seconds.toFixed(1)} s old`)
    out(`quarantined keys: ${keys.length}`)
    return 0
  },
  audit: async (pool, { out }) => {
    const shards = await audit(pool)
    for (const { shard, recorded, acknowledged, quarantined, difference } of shards)
      out(
        `shard ${shard}: recorded ${recorded}, acknowledged ${acknowledged}, quarantined ${quarantined}, difference ${difference}`,
      )
    return shards.every(({ difference }) => difference === 0) ? 0 : 1
  },
  quarantine: async (pool, { out }) => {
    const keys = await listQuarantine(pool, { limit: mostKeys })
    for (const key of keys) out(describe(key))
    if (keys.length === 0) out('No key is quarantined.')
    if (keys.length === mostKeys) out(`Only the first ${mostKeys} are shown.`)
    return 0
  },
  rebase: async (pool, { out }) => {
    out('Rebasing; writers wait until it is done.')
    const { pending, published } = await rebase(pool)
    out(`Done: ${published} events stay published, ${pending} will be published.`)
    return 0
  },
}

function describe({ key, state, attempts, events, errorCode, error, head, since }: QuarantinedKey): string {
  const first = head ? `event ${head.id} (${head.type} to ${head.topic})` : 'no event'
  return `${key}: ${state} since ${since.toISOString()}, ${first} refused ${attempts} times: ${errorCode}, ${error}; ${events} waiting`
}

async function tell(
  pool: pg.Pool,
  { out, err }: Output,
  command: (typeof quarantineCommands)[number],
  key: string,
): Promise<number> {
  if (await commandQuarantine(pool, key, command)) {
    out(`Told the relay: ${command} ${key}.`)
    return 0
  }
  err(`The key ${key} is not quarantined. \`relevo quarantine\` lists those that are.`)
  return 1
}
