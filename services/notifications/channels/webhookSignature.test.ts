import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWebhookSecrets, signWebhook } from './webhookSignature.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

test('signs as the libraries of Standard Webhooks do', () => {
  const keys = parseWebhookSecrets(secret) ?? assert.fail()
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  assert.equal(signWebhook(keys, message), signature)
  const two =
    parseWebhookSecrets(` whsec_${Buffer.alloc(32, 1).toString('base64')}  ${secret} `) ?? assert.fail()
  assert.match(signWebhook(two, message), / v1,g0hM9SsE/)
})

test('refuses secrets that are too short, too long or not in base64', () => {
  const short = `whsec_${Buffer.alloc(23).toString('base64')}`
  const long = `whsec_${Buffer.alloc(65).toString('base64')}`
  for (const wrong of ['', ' ', 'secret', secret.slice(6), short, long, `${secret} x`, 'whsec_äöü'])
    assert.equal(parseWebhookSecrets(wrong), undefined, wrong)
})
