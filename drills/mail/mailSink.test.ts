import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { createTransport } from 'nodemailer'
import { judgeMails } from './judgeMails.ts'
import { MailSink, type TakenMail } from './mailSink.ts'

test('takes mails, holds its answers back, and is not there while it is down', async (t) => {
  const mails: TakenMail[] = []
  const sink = new MailSink((mail) => mails.push(mail))
  t.after(() => sink.setMode('down', 0))
  const port = await sink.setMode('up', 0, '127.0.0.1')
  const transport = createTransport({ host: '127.0.0.1', port, pool: true, maxConnections: 1 })
  t.after(() => transport.close())
  const send = (id: string) =>
    transport.sendMail({
      from: 'a@example.test',
      to: 'b@example.test',
      messageId: `<${id}@example.test>`,
      text: 'A line\n.\nand another with a dot before it',
    })
  const ids = () => mails.map(({ id }) => id)
  await send('one')
  await send('two')
  assert.deepEqual(ids(), ['one', 'two'])

  await sink.setMode('held', port)
  let answered = false
  const held = send('three').then(() => {
    answered = true
  })
  await eventually(() => mails.length === 3, 'a mail that is taken')
  assert.equal(answered, false)
  await sink.setMode('up', port)
  await held

  await sink.setMode('down', port)
  await assert.rejects(send('four'), { code: 'ESOCKET' })
  await sink.setMode('up', port, '127.0.0.1')
  await send('five')
  assert.deepEqual(ids(), ['one', 'two', 'three', 'five'])
})

test('what the mail server took is compared with what the notifications say', () => {
  const mail = (id: string) => ({ id, at: 0 })
  const row = (state: string, doubtful: number) => [{ id: 'n', state, doubtful }]
  const copies = (count: number) => Array.from({ length: count }, () => mail('n'))
  for (const [state, doubtful, taken] of [
    ['sent', 0, 1],
    ['sent', 1, 1],
    ['sent', 1, 2],
    ['dead', 0, 0],
    ['dead', 1, 1],
  ] as const)
    assert.deepEqual(judgeMails(row(state, doubtful), copies(taken)), [], `${state} ${doubtful} ${taken}`)
  for (const [state, doubtful, taken, says] of [
    ['sent', 1, 0, /never took it/],
    ['sent', 0, 2, /taken 2 times, and 0 lost/],
    ['dead', 0, 1, /taken 1 times, and 0 lost/],
    ['unknown', 1, 1, /neither sent nor dead/],
  ] as const)
    assert.match(String(judgeMails(row(state, doubtful), copies(taken))), says)
  assert.match(String(judgeMails([], [mail('x')])), /took x, which nobody asked for/)
  const many = Array.from({ length: 9 }, (_, n) => mail(`x${n}`))
  assert.equal(judgeMails([], many).at(-1), 'and 6 more of the kind')
})
