import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedError } from './embeddedError.ts'
import { keepFirst } from './keepFirst.ts'

const run = promisify(execFile)
const toolBudgetMs = 90_000

/** What the cluster begins with: the versions of its features. */
const checkpoint = 'bootstrap.checkpoint'
/** Identifies the node and cluster of the data. Without it they are incomplete. */
const identity = 'meta.properties'

export interface FormatOptions {
  /** Of the node; `data` in it is formatted, by its server.properties. */
  readonly directory: string
  readonly java: string
  readonly javaArguments: readonly string[]
  readonly javaVariables: Record<string, string | undefined>
  /** The folder with Kafka's jars. */
  readonly libraries: string
  /** Of the cluster that the node joins; without it, the node is the first of a new one. */
  readonly clusterId: string | undefined
}

/**
 * Writes the identity of a node into a new data directory; one that has it already is left alone. Kafka's tool does so for
 * the first cluster of a user, in a second of CPU; later clusters begin with a copy, under identities of their own.
 */
export async function formatKafka(options: FormatOptions): Promise<void> {
  const data = join(options.directory, 'data')
  if (existsSync(join(data, identity))) return
  rmSync(data, { recursive: true, force: true })
  const formatted = join(dirname(options.libraries), 'formatted')
  const isFirst = options.clusterId === undefined
  if (isFirst && existsSync(formatted)) return copyFormatted(formatted, data)
  await runTool(options, data)
  if (isFirst) keepFormatted(data, formatted)
}

function copyFormatted(formatted: string, data: string): void {
  mkdirSync(data)
  copyFileSync(join(formatted, checkpoint), join(data, checkpoint))
  const properties = readFileSync(join(formatted, identity), 'utf8')
    .replace(/^cluster\.id=.*$/m, `cluster.id=${newId()}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${newId()}`)
  writeFileSync(join(data, identity), properties)
}

function keepFormatted(data: string, formatted: string): void {
  const draft = mkdtempSync(`${formatted}-`)
  try {
    for (const file of [checkpoint, identity]) copyFileSync(join(data, file), join(draft, file))
    keepFirst(draft, formatted)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function runTool(options: FormatOptions, data: string): Promise<void> {
  const { directory, java, javaArguments, javaVariables, clusterId = newId() } = options
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'server.properties']
  try {
    await run(java, [...javaArguments, ...tool], {
      cwd: directory,
      env: javaVariables,
      timeout: toolBudgetMs,
    })
  } catch (cause) {
    rmSync(data, { recursive: true, force: true })
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new EmbeddedError(
      'start_failed',
      `Kafka could not create its data in ${data}.\n${stdout}${stderr}`,
      { cause },
    )
  }
}

/** As Kafka writes a random UUID; one that begins with a hyphen would be taken for an option. */
function newId(): string {
  const bytes = Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
  return bytes.toString('base64url').replace(/^-/, 'r')
}
