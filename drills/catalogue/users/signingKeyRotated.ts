import { setTimeout as delay } from 'node:timers/promises'
import { askUsersAsOperator } from '../../edge/askUsers.ts'
import { onEdge } from '../../edge/onEdge.ts'

/** Longer than the 5 s in which a verifier does not ask for keys again. */
const aheadMs = 10_000
/** By then every customer has a token of the new key. */
const inUseMs = aheadMs + 15_000

export const signingKeyRotated = onEdge({
  name: 'signingKeyRotated',
  title: 'The key of access tokens rotated',
  hypothesis:
    'A new key is published before it signs, and the old one for as long as its tokens live: gateway and services learn of it when a token names it. No request fails, and tokens of both keys are let in.',
  fault: 'POST /auth/keys/rotate; the key signs 10 s later (in production 15 minutes)',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 5_000, caughtUpMs: 10_000 },
  variables: { SIGNING_KEY_AHEAD_MS: String(aheadMs), SIGNING_KEY_POLL_MS: '1000' },
  mayFail: { at: 'nothing' },
  inject: async (context) => {
    const beganAt = Date.now()
    const { kid } = JSON.parse(await askUsersAsOperator(context, 'POST', '/auth/keys/rotate'))
    context.print(`the next key is ${kid}`)
    await delay(inUseMs)
    return { beganAt, endedAt: Date.now() }
  },
  judge: ({ keyIds }) =>
    keyIds.length >= 2 ? [] : ['tokens of one key alone were used, so nothing was rotated'],
})
