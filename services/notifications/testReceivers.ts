import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

interface ReceivedMail {
  recipients: string[]
  /** With its headers, as it came. */
  text: string
}

/** A mail server; an entry of `answers` is the code that the next e-mail is refused with. Closed with the test. */
export async function mailServer(t: TestContext, options: SMTPServerOptions = {}) {
  const received: ReceivedMail[] = []
  const answers: number[] = []
  const seen = { connections: 0 }
  const server = new SMTPServer({
    onConnect: (_session, callback) => {
      seen.connections += 1
      callback()
    },
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: async (stream, session, callback) => {
      const mail = await text(stream)
      const responseCode = answers.shift()
      if (responseCode !== undefined) return callback(Object.assign(new Error('not now'), { responseCode }))
      received.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), text: mail })
      callback()
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, received, answers, seen }
}

interface ReceivedPost {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

type Answer = number | 'hang' | 'redirect' | { readonly status: number; readonly retryAfter: string }

/** A receiver of webhooks; an entry of `answers` is what the next post gets instead of 204. Closed with the test. */
export async function webhookServer(t: TestContext) {
  const received: ReceivedPost[] = []
  const answers: Answer[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => '')
    received.push({ path: request.url ?? '', headers: request.headers, body })
    answer(response, answers.shift() ?? 204)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, answers }
}

function answer(response: ServerResponse, how: Answer): void {
  if (how === 'hang') return
  if (how === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end()
  else if (typeof how === 'number') response.writeHead(how).end()
  else response.writeHead(how.status, { 'retry-after': how.retryAfter }).end()
}
