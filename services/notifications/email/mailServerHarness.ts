import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { afterTest } from '@relevo/testing'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

/**
 * What the server does with a mail. A number refuses it, at its recipient (rcpt) or its content (data). The lost ones take the
 * mail, and the answer never comes; the others never take it.
 */
export type Deed =
  | 'accept'
  | { readonly rcpt: number }
  | { readonly data: number }
  | 'closeAtRcpt'
  | 'hangAtRcpt'
  | 'lostByClosing'
  | 'lostByHanging'

export interface ReceivedMail {
  readonly to: string
  readonly messageId: string | undefined
  readonly subject: string | undefined
  readonly text: string | undefined
  readonly html: string | undefined
  readonly raw: string
}

/** A real mail server that does with each mail to an address what its script says, in turn; then it accepts. */
export async function scriptedMailServer(t: TestContext, port = 0) {
  const scripts = new Map<string, Deed[]>()
  const received: ReceivedMail[] = []
  const seen = { connections: 0, rcpts: 0, closed: 0 }
  const server: SMTPServer = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onConnect: (_session, done) => {
      seen.connections += 1
      done()
    },
    onClose: () => {
      seen.closed += 1
    },
    onRcptTo: ({ address }, session, done) => {
      seen.rcpts += 1
      const deed = scripts.get(address)?.[0] ?? 'accept'
      if (deed === 'closeAtRcpt' || deed === 'hangAtRcpt' || (typeof deed === 'object' && 'rcpt' in deed))
        scripts.get(address)?.shift()
      if (deed === 'hangAtRcpt') return
      if (deed === 'closeAtRcpt') return closeConnection(server, session)
      if (typeof deed === 'object' && 'rcpt' in deed) return done(refusal(deed.rcpt))
      done()
    },
    onData: (stream, session, done) => void take(stream, session, done),
  })
  async function take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error) => void,
  ): Promise<void> {
    const raw = await text(stream)
    const to = session.envelope.rcptTo[0]?.address ?? ''
    const deed = scripts.get(to)?.shift() ?? 'accept'
    if (typeof deed === 'object') return done(refusal('data' in deed ? deed.data : deed.rcpt))
    const { messageId, subject, text: plain, html } = await PostalMime.parse(raw)
    received.push({ to, messageId, subject, text: plain, html, raw })
    if (deed === 'lostByClosing') closeConnection(server, session)
    else if (deed !== 'lostByHanging') done()
  }
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const connection of server.connections) socketOf(connection)?.destroy()
    })
  afterTest(t, close)
  const address = server.server.address() as AddressInfo
  return {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    seen,
    script: (to: string, ...deeds: Deed[]) => void scripts.set(to, deeds),
    to: (recipient: string) => received.filter(({ to }) => to === recipient),
    close,
  }
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('scripted'), { responseCode })
}

interface Connection {
  readonly session?: SMTPServerSession
  readonly _socket?: { destroy(): void }
}

function socketOf(connection: unknown) {
  return (connection as Connection)._socket
}

function closeConnection(server: SMTPServer, { id }: SMTPServerSession): void {
  for (const connection of server.connections)
    if ((connection as unknown as Connection).session?.id === id) socketOf(connection)?.destroy()
}
