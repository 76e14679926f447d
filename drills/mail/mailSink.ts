import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** A mail that the sink has: the local part of its Message-ID, and when its last byte came. */
export interface TakenMail {
  readonly id: string
  readonly at: number
}

/** up: takes mails and says so. held: takes mails, and does not answer. down: is not there. */
export const sinkModes = ['up', 'held', 'down'] as const
export type SinkMode = (typeof sinkModes)[number]

const mostBytes = 4 * 1_024 * 1_024
const endOfContent = '\r\n.\r\n'

/**
 * A mail server for drills that takes every mail and keeps none. It notes a mail before it answers, so that a mail whose
 * answer is lost is noted as well. Without TLS and PIPELINING: a client says one command after the other.
 */
export class MailSink {
  readonly #note: (mail: TakenMail) => void
  readonly #sockets = new Set<Socket>()
  readonly #unanswered = new Set<() => void>()
  #server: Server | undefined
  #mode: SinkMode = 'down'

  constructor(note: (mail: TakenMail) => void) {
    this.#note = note
  }

  /** Where it listens while it is not down. @returns the port. @throws when the port is taken. */
  async setMode(mode: SinkMode, port: number, host?: string): Promise<number> {
    this.#mode = mode
    if (mode === 'down') await this.#close()
    else if (!this.#server) await this.#listen(port, host)
    if (mode === 'up') for (const answer of this.#unanswered) answer()
    const address = this.#server?.address()
    return typeof address === 'object' && address ? address.port : port
  }

  async #listen(port: number, host: string | undefined): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket))
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
  }

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#unanswered.clear()
    for (const socket of this.#sockets) socket.destroy()
    if (server) await new Promise((resolve) => server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const say = (line: string) => socket.write(`${line}\r\n`)
    const session = new Session(say, (content) => this.#take(content, () => say('250 OK')))
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // whoever sent it was killed, for example
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      if (!session.hear(text)) socket.end()
    })
    say('220 drill')
  }

  #take(content: string, answer: () => void): void {
    const [header = ''] = content.split('\r\n\r\n', 1)
    this.#note({ id: /^message-id:\s*<([^@>]*)@/im.exec(header)?.[1] ?? '', at: Date.now() })
    if (this.#mode !== 'held') {
      answer()
      return
    }
    const later = () => {
      this.#unanswered.delete(later)
      answer()
    }
    this.#unanswered.add(later)
  }
}

/** What one connection says, as far as it has come. */
class Session {
  readonly #say: (line: string) => void
  readonly #take: (content: string) => void
  #text = ''
  #inContent = false

  constructor(say: (line: string) => void, take: (content: string) => void) {
    this.#say = say
    this.#take = take
  }

  /** @returns false when the connection is to be closed. */
  hear(text: string): boolean {
    this.#text += text
    if (this.#text.length > mostBytes) return false
    for (let part = this.#next(); part !== undefined; part = this.#next())
      if (!this.#answer(part)) return false
    return true
  }

  /** The next command or content that is whole. */
  #next(): string | undefined {
    const end = this.#inContent ? endOfContent : '\r\n'
    const at = this.#text.indexOf(end)
    if (at < 0) return undefined
    const part = this.#text.slice(0, at)
    this.#text = this.#text.slice(at + end.length)
    return part
  }

  #answer(part: string): boolean {
    if (this.#inContent) {
      this.#inContent = false
      this.#take(part)
      return true
    }
    const command = part.slice(0, 4).toUpperCase()
    this.#inContent = command === 'DATA'
    if (command === 'QUIT') this.#say('221 Bye')
    else this.#say(this.#inContent ? '354 Go on' : '250 OK')
    return command !== 'QUIT'
  }
}
