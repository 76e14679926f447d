import { once } from 'node:events'
import { connect } from 'node:net'
import { waitUntil } from './waitUntil.ts'

const findCoordinator = 10
const offsetFetch = 9
const answerBudgetMs = 5_000

/**
 * Waits until the broker on `port` coordinates consumer groups, or `budgetMs` have passed (false). A new broker makes
 * its topic of offsets when it is first asked for a coordinator and then loads it; clients that come meanwhile get
 * errors, which some of them log or throw. One partition of that topic is all there is, so any group stands for all.
 */
export function waitForGroups(port: number, budgetMs: number): Promise<boolean> {
  return waitUntil(() => coordinatesGroups(port).catch(() => false), budgetMs)
}

async function coordinatesGroups(port: number): Promise<boolean> {
  const group = string('relevo')
  // FindCoordinator version 0 answers: error code, …
  const found = await request(port, findCoordinator, 0, group)
  if (found.readInt16BE(0) !== 0) return false
  // OffsetFetch version 2 of all topics (null) answers: topics, of which a new group has none, and an error code.
  const offsets = await request(port, offsetFetch, 2, Buffer.concat([group, int32(-1)]))
  return offsets.readInt32BE(0) === 0 && offsets.readInt16BE(4) === 0
}

/** Sends one request of the Kafka protocol and returns the body of its answer. */
async function request(port: number, api: number, version: number, body: Buffer): Promise<Buffer> {
  const header = Buffer.concat([int16(api), int16(version), int32(1), string('relevo-embedded')])
  const socket = connect(port, '127.0.0.1')
  try {
    const signal = AbortSignal.timeout(answerBudgetMs)
    await once(socket, 'connect', { signal })
    socket.write(Buffer.concat([int32(header.length + body.length), header, body]))
    let answer = Buffer.alloc(0)
    while (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]
      answer = Buffer.concat([answer, chunk])
    }
    return answer.subarray(8) // after the length and the number of the request
  } finally {
    socket.destroy()
  }
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
