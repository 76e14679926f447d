import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { badRequests, type KnownOperation, operationsOf } from './badRequests.ts'

/** A server, and what can be asked of it. */
export interface BadInputTarget {
  readonly name: string
  readonly url: string
  readonly operations: readonly KnownOperation[]
}

export interface BadInputCounts {
  readonly sent: number
  /** Answers by the first digit of their status; `none` where the connection was closed without one. */
  readonly answers: Readonly<Record<string, number>>
}

const atOnce = 8
const answerBudgetMs = 60_000

/** The operations that a service, or a gateway for it below `prefix`, says that it has. Streams go on for ever. */
export async function knownOperations(url: string, prefix = ''): Promise<KnownOperation[]> {
  const answer = await fetch(`${url}${prefix}/openapi.json`)
  const operations = operationsOf(await answer.json(), prefix)
  const streams = [`${prefix}/events`, '/console/live']
  return operations.filter(({ path }) => !streams.includes(path))
}

/** Sends a server requests that are mostly wrong. @throws AssertionError at an answer 5xx. */
export async function sendBadInputs(
  { name, url, operations }: BadInputTarget,
  options: { readonly count: number; readonly seed: number },
): Promise<BadInputCounts> {
  const requests = badRequests(operations, options)
  const answers: Record<string, number> = {}
  let next = 0
  const client = async () => {
    while (next < requests.length) {
      const n = next++
      const bytes = requests[n] ?? Buffer.alloc(0)
      const text = await sendBytes(url, bytes)
      const status = /^HTTP\/1\.1 (\d)/.exec(text)?.[1] ?? 'none'
      answers[status] = (answers[status] ?? 0) + 1
      const shown = bytes.subarray(0, 2_000).toString('latin1')
      assert.notEqual(
        status,
        '5',
        `${name}, seed ${options.seed}, request ${n}:\n${JSON.stringify(shown)}\n${text}`,
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return { sent: requests.length, answers }
}

/** @returns all that comes back until the server closes. @throws Error when it does not. */
function sendBytes(url: string, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(
        new Error(
          `no end of the answer to ${JSON.stringify(bytes.subarray(0, 2_000).toString('latin1'))}: ${text}`,
        ),
      )
    }, answerBudgetMs)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      if (text.length < 4_000) text += chunk
    })
    socket.on('error', () => {}) // a server may close before it has read all
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    socket.write(bytes)
    // One that waits for more bytes than come is over when a request that was sent later is answered.
    void fetch(`${url}/health`)
      .then((answer) => answer.text())
      .finally(() => socket.end())
      .catch(() => {})
  })
}
