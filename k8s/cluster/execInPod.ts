import { Readable, Writable } from 'node:stream'
import { Exec, type V1Status } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'

export interface ExecOptions {
  namespace: string
  pod: string
  container: string
  command: readonly string[]
  /** What the command reads. */
  input?: string
  /** It is given up after so long. */
  budgetMs: number
}

/** Runs a command in a container. @returns what it printed. @throws Error with what it said when it failed. */
export async function execInPod(kube: Kube, options: ExecOptions): Promise<string> {
  const { namespace, pod, container, command, input, budgetMs } = options
  const output = collect()
  const errors = collect()
  const exec = new Exec(kube.config)
  const stdin = input === undefined ? null : Readable.from([input])
  let timer: NodeJS.Timeout | undefined
  const status = await new Promise<V1Status>((resolve, reject) => {
    const giveUp = () =>
      reject(new Error(`${command.slice(0, 3).join(' ')} in ${pod} took over ${budgetMs} ms.`))
    timer = setTimeout(giveUp, budgetMs)
    exec
      .exec(namespace, pod, container, [...command], output.stream, errors.stream, stdin, false, resolve)
      .then((socket) => socket.on('close', () => reject(new Error(`The connection to ${pod} broke.`))))
      .catch(reject)
  }).finally(() => clearTimeout(timer))
  if (status.status === 'Success') return output.text()
  throw new Error(
    `${command.slice(0, 3).join(' ')} in ${pod}: ${status.message ?? ''} ${errors.text().slice(-2_000)}`,
  )
}

function collect(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
