import { setTimeout as delay } from 'node:timers/promises'
import type { Drill } from '../../drill.ts'
import { findMailProblems, readNotifications } from '../../mail/findMailProblems.ts'
import { byOwnMailServer, readMails, setMailServer } from '../../mail/mailServer.ts'

const absentMs = 60_000
/** A mail server that is away is asked every 10 s at least. */
const backWithinMs = 15_000

export const mailServerDown: Drill = {
  name: 'mailServerDown',
  title: 'The mail server down for 60 s',
  hypothesis:
    'A mail server that is away costs no notification its attempts: all of them wait, and are sent once it is back. Orders do not notice.',
  fault: 'the mail server breaks its connections and takes none for 60 s',
  budget: { firstDeliveryMs: 2_000, firstEffectMs: 2_000, caughtUpMs: 5_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  ...byOwnMailServer,
  inject: async (context) => {
    const beganAt = await setMailServer(context, 'down')
    await delay(absentMs)
    return { beganAt, endedAt: await setMailServer(context, 'up') }
  },
  findProblems: async (context, run) => {
    const { beganAt, endedAt } = run.fault
    const mails = await readMails(context)
    const first = mails.find(({ at }) => at > beganAt + absentMs / 2)
    const late = first === undefined || first.at > endedAt + backWithinMs
    const dead = (await readNotifications(context, run)).filter(({ state }) => state === 'dead')
    return [
      ...(late ? [`no mail was sent within ${backWithinMs / 1_000} s of the mail server's return`] : []),
      ...(first && first.at < endedAt - 1_000 ? ['the mail server took mails while it was down'] : []),
      ...(dead.length > 0 ? [`${dead.length} notifications were given up`] : []),
      ...(await findMailProblems(context, run)),
    ]
  },
}
