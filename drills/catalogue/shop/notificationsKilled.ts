import { waitFor } from '../../../k8s/cluster/waitFor.ts'
import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'
import { findMailProblems, readNotifications } from '../../mail/findMailProblems.ts'
import { byOwnMailServer, readMails, setMailServer } from '../../mail/mailServer.ts'
import { mailComponent } from '../../mail/mailServerResources.ts'

const takenBudgetMs = 60_000

export const notificationsKilled: Drill = {
  name: 'notificationsKilled',
  title: 'Notifications killed in mid-send (SIGKILL)',
  hypothesis:
    'An attempt is marked before the mail server is spoken to. Of one that was taken and not answered, the successor knows that it does not know: it sends the mail again under its own Message-ID and counts it. No other mail is sent twice, and none is left out.',
  fault:
    'the mail server takes mails and does not answer; SIGKILL to every pod of the notifications; it answers again',
  budget: { firstDeliveryMs: 2_000, firstEffectMs: 2_000, caughtUpMs: 5_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  ...byOwnMailServer,
  inject: async (context) => {
    const heldAt = await setMailServer(context, 'held')
    await waitFor('a mail that is taken and not answered', takenBudgetMs, async () => {
      // Half a second later than told, the mail server has heard it.
      return (await readMails(context)).some(({ at }) => at > heldAt + 500)
    })
    const killedAt = await killEvery(context, mailComponent)
    await setMailServer(context, 'up')
    return instant(killedAt)
  },
  findProblems: async (context, run) => {
    const doubtful = (await readNotifications(context, run)).some((row) => row.doubtful > 0)
    return [
      ...(doubtful ? [] : ['no answer was lost, so nothing was killed in mid-send']),
      ...(await findMailProblems(context, run)),
    ]
  },
}
