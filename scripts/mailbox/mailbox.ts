import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { answer } from './answer.ts'
import { MailStore } from './mailStore.ts'

const host = '127.0.0.1'
/** How long clients that keep a connection may take to leave when it stops. */
const leaveMs = 1_000
const mostMailBytes = 5 * 1_024 * 1_024

export interface MailboxOptions {
  readonly smtpPort: number
  readonly webPort: number
}

/** A mail server that takes every mail to everybody, sends none on, and shows them on a page; on this machine only. */
export async function startMailbox({ smtpPort, webPort }: MailboxOptions) {
  const store = new MailStore()
  const page = await readFile(new URL('./page.html', import.meta.url))
  const web = createServer(({ method, url, headers }, response) => {
    const { status, type, policy, body } = answer({ method, url, host: headers.host }, { store, page })
    const shown = { 'content-type': type, 'content-security-policy': policy, 'cache-control': 'no-store' }
    response.writeHead(status, shown).end(body)
  })
  const smtp = smtpServer(store)
  await Promise.all([
    new Promise<void>((resolve, reject) => web.once('error', reject).listen(webPort, host, resolve)),
    new Promise<void>((resolve, reject) => {
      smtp.once('error', reject)
      smtp.listen(smtpPort, host, resolve)
    }),
  ])
  smtp.on('error', () => {}) // of one connection
  return {
    store,
    ports: { smtp: portOf(smtp.server.address()), web: portOf(web.address()) },
    stop: async () => {
      web.close()
      web.closeAllConnections()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    },
  }
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

function smtpServer(store: MailStore): SMTPServer {
  return new SMTPServer({
    banner: 'relevo mailbox',
    size: mostMailBytes,
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: leaveMs,
    onData: async (stream, { envelope }, done) => {
      try {
        const source = await buffer(stream)
        if (stream.sizeExceeded) throw Object.assign(new Error('It is too large'), { responseCode: 552 })
        const recipients = envelope.rcptTo.map(({ address }) => address)
        await store.add(source, recipients)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
}
