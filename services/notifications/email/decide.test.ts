import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSimulated } from './attempt.ts'
import { decide } from './decide.ts'
import { html, oneLine } from './markup.ts'
import { failed, type Outcome, outcomeOf } from './outcome.ts'
import { isAddress, languageOf, renderMail } from './renderMail.ts'
import { formatMoney } from './templates/layout.ts'

const limits = { attempts: 3, backoff: { initialMs: 10, maxMs: 100 }, unavailableMs: 1_000 }
const fresh = { state: 'sending', attempts: 0, doubtful: 0, awayMs: null, othersSent: false } as const
const reason = (outcome: Outcome) => (outcome.sent ? 'sent' : outcome.reason)

test('what SMTP answers to recipient or content is about the mail, and all else about the server', () => {
  const of = (code: string, responseCode: number | undefined, command: string, handedOver = false) =>
    reason(
      outcomeOf(
        { code, command, message: 'm', ...(responseCode !== undefined && { responseCode }) },
        handedOver,
      ),
    )
  assert.equal(of('EENVELOPE', 550, 'RCPT TO'), 'REFUSED')
  assert.equal(of('EENVELOPE', 450, 'RCPT TO'), 'DEFERRED')
  assert.equal(of('EMESSAGE', 554, 'DATA', true), 'REFUSED')
  assert.equal(of('EMESSAGE', 451, 'DATA', true), 'DEFERRED')
  assert.equal(of('EENVELOPE', 421, 'RCPT TO'), 'UNAVAILABLE')
  assert.equal(of('EENVELOPE', 553, 'MAIL FROM'), 'UNAVAILABLE')
  assert.equal(of('EAUTH', 535, 'AUTH PLAIN'), 'UNAVAILABLE')
  assert.equal(of('ECONNECTION', undefined, 'CONN'), 'UNAVAILABLE')
  assert.equal(of('ECONNECTION', undefined, 'CONN', true), 'ANSWER_LOST')
  assert.equal(of('EENVELOPE', undefined, 'API'), 'INVALID_ADDRESS')
})

test('an attempt that counts leads to another or to the end; one whose answer was lost is unknown', () => {
  const after = (outcome: Outcome, before: Partial<typeof fresh> | object = {}) =>
    decide({ ...fresh, ...before }, outcome, limits, 7)
  const { state, attempts } = after(failed('DEFERRED', '')) ?? assert.fail()
  assert.deepEqual([state, attempts], ['queued', 1])
  assert.equal(after(failed('DEFERRED', ''), { attempts: 2 })?.state, 'dead')
  assert.equal(after(failed('REFUSED', ''))?.state, 'dead')
  assert.equal(after(failed('EXPIRED', ''))?.state, 'dead')
  const lost = after(failed('ANSWER_LOST', '')) ?? assert.fail()
  assert.deepEqual([lost.state, lost.doubtful], ['unknown', 1])
  assert.equal(after(failed('ANSWER_LOST', ''), { attempts: 2, doubtful: 2 })?.state, 'dead')
  assert.equal(after({ sent: true })?.state, 'sent')
})

test('an answer that comes after its lease counts when it is yes', () => {
  const late = { ...fresh, state: 'unknown', attempts: 1, doubtful: 1 } as const
  const sent = decide(late, { sent: true }, limits) ?? assert.fail()
  assert.deepEqual([sent.state, sent.attempts, sent.doubtful], ['sent', 1, 0])
  assert.equal(decide(late, failed('DEFERRED', ''), limits), undefined)
})

test('a server that is away costs nothing until it was there for others, and not for ever', () => {
  const away = failed('UNAVAILABLE', '')
  const waits = decide({ ...fresh, attempts: 2 }, away, limits, 7) ?? assert.fail()
  assert.deepEqual([waits.state, waits.attempts, waits.delayMs, waits.away], ['queued', 2, 7, 'since'])
  const blamed = decide({ ...fresh, awayMs: 5, othersSent: true }, away, limits, 7) ?? assert.fail()
  assert.deepEqual([blamed.state, blamed.attempts, blamed.away], ['queued', 1, 'again'])
  assert.equal(decide({ ...fresh, attempts: 2, awayMs: 5, othersSent: true }, away, limits)?.state, 'dead')
  assert.equal(decide({ ...fresh, awayMs: 1_000 }, away, limits)?.state, 'dead')
})

test('simulated failures are the share that is asked for, and the same each time', () => {
  const claims = Array.from({ length: 2_000 }, (_, n) => ({
    id: String(n),
    fence: '1',
    recipient: 'a@example.test',
    redrives: 0,
  }))
  const share = (failureRate: number) =>
    claims.filter((each) => isSimulated(each, { language: 'es', failureRate, sandbox: false })).length /
    claims.length
  assert.deepEqual([share(0), share(1)], [0, 1])
  assert.ok(Math.abs(share(0.8) - 0.8) < 0.05)
  assert.equal(share(0.8), share(0.8))
})

test('a template takes text as text', () => {
  assert.equal(
    html`<p title="${'"'}">${"<&>'"}${html`<b>${1}</b>`}${[html`a`, html`b`]}</p>`.text,
    '<p title="&quot;">&lt;&amp;&gt;&#39;<b>1</b>ab</p>',
  )
  assert.equal(oneLine('a\r\nb\u2028c\u202ed\ud800'), 'a b c d\ufffd')
})

test('an address is one, without names, lists and line breaks', () => {
  for (const good of ['a@b', 'ana.nuñez+x@exámple.test', "o'brien@example.test"])
    assert.ok(isAddress(good), good)
  for (const bad of ['a', '@b', 'a@', 'a@b@c', 'a b@c', 'a@b,c@d', '<a@b>', 'a@b\n', '"a"@b', 'a@b;c'])
    assert.ok(!isAddress(bad), bad)
})

test('an amount is shown with all its digits', () => {
  const money = { amount: '999999999999.99', currency: 'USD' }
  assert.equal(formatMoney(money, 'en'), '$999,999,999,999.99')
  assert.match(formatMoney(money, 'es'), /^999\.999\.999\.999,99\sUS\$$/)
  assert.equal(languageOf('constructor', 'es'), 'es')
  assert.ok('sent' in renderMail('toString', {}, 'es'))
})

test('who runs the shop reads of an alert what it is about, how bad it is, and since when', () => {
  const about = {
    severity: 'critical',
    subject: 'orders',
    message: 'orders does not answer',
    opened_at: '2026-01-15T10:30:00Z',
  }
  const opened = renderMail('system_alert', { ...about, change: 'opened' }, 'es')
  assert.ok('subject' in opened)
  assert.equal(opened.subject, 'Alerta crítica: orders')
  assert.match(opened.text, /orders does not answer[\s\S]*Desde: 2026-01-15T10:30:00Z/)
  const resolved_at = '2026-01-15T10:31:00Z'
  const resolved = renderMail('system_alert', { ...about, change: 'resolved', resolved_at }, 'en')
  assert.ok('subject' in resolved)
  assert.equal(resolved.subject, 'Resolved: orders')
  assert.match(resolved.text, /Until: 2026-01-15T10:31:00Z/)
})
