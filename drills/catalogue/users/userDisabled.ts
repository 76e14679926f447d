import { randomUUID } from 'node:crypto'
import type { Revocation } from '../../../proof/inCluster/program/watchRevocations.ts'
import { judgeRevocations } from '../../edge/judgeEdge.ts'
import { onEdge } from '../../edge/onEdge.ts'

const users = 30
const mostMs = 1_000
const watchMs = 5_000
const admin = { email: `drill-${randomUUID()}@load.example`, password: `password ${randomUUID()}` }
/** For customers; the orders know nothing of users but what they hear. */
const path = '/api/orders/orders?limit=1'
let found: Revocation[] = []

export const userDisabled = onEdge({
  name: 'userDisabled',
  title: `${users} users disabled while they ask`,
  hypothesis:
    'USER_DISABLED goes by the outbox to every pod of the gateway: within a second (p99) of the answer to the disabling nobody lets the user in any more, though the access token is good for minutes. Others do not notice.',
  fault: 'POST /users/{id}/disable of one user after the other',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 5_000, caughtUpMs: 10_000 },
  variables: { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password },
  mayFail: { at: 'nothing' },
  inject: async (context) => {
    const victims = await context.toolbox.makeCustomers(users)
    const beganAt = Date.now()
    found = await context.toolbox.watchRevocations({ admin, victims, path, watchMs })
    const last = found.map(({ letInUntilMs }) => Math.round(letInUntilMs)).sort((a, b) => a - b)
    context.print(`let in until so many ms after the disabling: ${last.join(', ')}`)
    return { beganAt, endedAt: Date.now() }
  },
  judge: () => judgeRevocations(found, mostMs),
})
