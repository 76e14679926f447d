import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process of the load generator. `end` it. */
export interface LoadProcess<Message> {
  readonly pid: number
  /** The next message it sends; rejects when it ends before, or on the signal. */
  receive(signal: AbortSignal): Promise<Message>
  send(message: object): void
  /** Kills it if it still runs. */
  end(): Promise<void>
}

/** Starts `load/<name>.ts`. It ends by itself when this process does. */
export function startLoad<Message>(name: string, args: readonly string[]): LoadProcess<Message> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args, { serialization: 'advanced' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    pid: child.pid ?? 0,
    receive: (signal) => nextMessage(child, name, signal),
    send: (message) => void child.send(message),
    end: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function nextMessage<Message>(
  child: ChildProcess,
  name: string,
  signal: AbortSignal,
): Promise<Message> {
  const received = new AbortController()
  const either = AbortSignal.any([received.signal, signal])
  const ended = once(child, 'exit', { signal: either }).then(([code]) => {
    throw new Error(`${name} ended with ${code} before it was done`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message as Message
  } finally {
    ended.catch(() => {})
    received.abort()
  }
}
