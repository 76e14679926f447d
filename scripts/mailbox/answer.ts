import type { MailStore } from './mailStore.ts'

interface Asked {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly host?: string | undefined
}

export interface Answer {
  readonly status: number
  readonly type: string
  /** What the browser lets the content do. */
  readonly policy: string
  readonly body: string | Buffer
}

const ofMails = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
const ofThePage =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'"

function text(type: string, body: string | Buffer, policy = ofMails): Answer {
  return { status: 200, type: `text/${type}; charset=utf-8`, policy, body }
}

function json(body: unknown, status = 200): Answer {
  return { status, type: 'application/json', policy: ofMails, body: JSON.stringify(body) }
}

/** What the mailbox answers over HTTP. */
export function answer(
  { method = 'GET', url = '/', host = '' }: Asked,
  { store, page }: { readonly store: MailStore; readonly page: Buffer },
): Answer {
  // A page of another site could have a name of its own point here.
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host))
    return json({ detail: 'It is for this machine only.' }, 403)
  // Another site's page cannot send a DELETE: it needs the leave of CORS.
  if (method === 'DELETE' && url === '/mails') {
    store.clear()
    return json({ success: true })
  }
  if (method !== 'GET') return json({ detail: 'Mails can be read, and DELETE /mails removes them.' }, 405)
  const [, root = '', ...rest] = url.split('?')[0]?.split('/') ?? []
  if (root === '') return text('html', page, ofThePage)
  if (root === 'ready' || root === 'health') return json({ status: 'ok' })
  return root === 'mails' ? answerMails(rest, store) : json({ detail: 'There is no such page.' }, 404)
}

function answerMails([id = '', part]: readonly string[], store: MailStore): Answer {
  if (id === '') return json({ mails: store.list() })
  const mail = store.find(id)
  if (!mail) return json({ detail: 'There is no such mail any more.' }, 404)
  if (part === 'html') return text('html', mail.html ?? '')
  if (part === 'source') return text('plain', mail.source)
  return json({ ...mail, source: undefined })
}
