import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTransport } from 'nodemailer'
import { startMailbox } from './mailbox.ts'

test('takes mails by SMTP and shows them, the newest first, and no script of theirs runs', async (t) => {
  const { ports, stop } = await startMailbox({ smtpPort: 0, webPort: 0 })
  t.after(stop)
  const transport = createTransport({ host: '127.0.0.1', port: ports.smtp, pool: true })
  t.after(() => transport.close())
  for (const subject of ['uno', 'dos'])
    await transport.sendMail({
      from: 'tienda@relevo.test',
      to: 'ana@example.test',
      subject,
      text: 'ñandú',
      html: '<p onclick="alert(1)">ñandú</p>',
      messageId: `<${subject}@relevo.test>`,
    })
  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${ports.web}${path}`, init)
  // biome-ignore lint/suspicious/noExplicitAny: what the mailbox answers
  const json = async (path: string): Promise<any> => (await get(path)).json()

  const { mails } = await json('/mails')
  assert.deepEqual(
    mails.map(({ subject, to, messageId }: Record<string, unknown>) => [subject, to, messageId]),
    ['dos', 'uno'].map((subject) => [subject, ['ana@example.test'], `<${subject}@relevo.test>`]),
  )
  const [{ id }] = mails
  assert.match((await json(`/mails/${id}`)).text, /ñandú/)
  const html = await get(`/mails/${id}/html`)
  assert.match(html.headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox$/)
  assert.match(await html.text(), /ñandú/)
  assert.match(await (await get(`/mails/${id}/source`)).text(), /^Message-ID: <dos@relevo.test>\r$/m)
  assert.match(await (await get('/')).text(), /<title>Correo de Relevo/)
  assert.equal((await get('/ready')).status, 200)
  assert.equal((await get('/mails/none')).status, 404)
  await get('/mails', { method: 'DELETE' })
  assert.deepEqual(await json('/mails'), { mails: [] })
})
