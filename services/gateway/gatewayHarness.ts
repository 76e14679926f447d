import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { afterTest, type ServiceInProcess, startInProcess } from '@relevo/testing'
import { service } from './main.ts'

/** A request as a service got it. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Answerer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A real HTTP server in place of a service, which tells what it got. */
export interface TestBackend {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  /** How it answers from now on; the default is 200 with what it got. */
  answer(how: Answerer): void
  close(): void
}

export async function testBackend(t: TestContext, port = 0): Promise<TestBackend> {
  const received: Received[] = []
  let how: Answerer = (_request, response) => void response.end(JSON.stringify(received.at(-1)))
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const body = await text(request)
    received.push({ method, url, headers, body })
    how(request, response, body)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  afterTest(t, close)
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    received,
    answer: (next) => {
      how = next
    },
    close,
  }
}

export interface RunningGateway extends ServiceInProcess {
  readonly port: number
  /** Sends what `fetch` does not. */
  send(path: string, init?: RawRequest): Promise<RawAnswer>
  /** Writes bytes to a connection of its own, ends that after `until`, if given, and returns all that comes back. */
  write(bytes: string, until?: () => Promise<unknown>): Promise<string>
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
}

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The gateway in the test's process, before these services. */
export async function runningGateway(
  t: TestContext,
  backends: Readonly<Record<string, { readonly url: string }>>,
  env: Record<string, string> = {},
): Promise<RunningGateway> {
  const services = Object.entries(backends).map(([name, { url }]) => `${name}=${url}`)
  const running = await startInProcess(t, service, { GATEWAY_SERVICES: services.join(','), ...env })
  const port = Number(new URL(running.url).port)
  return {
    ...running,
    port,
    send: (path, init) => send(port, path, init),
    write: (bytes, until) => write(port, bytes, until),
  }
}

export async function send(port: number, path: string, init: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body } = init
  const request = requestHttp({ host: '127.0.0.1', port, path, method, headers, agent: false })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}

async function write(port: number, bytes: string, until?: () => Promise<unknown>): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close').catch(() => undefined)
  socket.write(bytes, 'latin1')
  let answered = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answered += chunk
  })
  socket.on('error', () => {})
  if (until) {
    await Promise.race([closed, until()])
    socket.end()
  }
  await closed
  return answered
}
