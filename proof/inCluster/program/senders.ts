import { draftEvent, type EventDraft } from '@relevo/contracts'
import { commissionCalculated } from '../../../systems/commissions.ts'
import { messageCreated } from '../../../systems/messages.ts'
import type { LedgerLine } from '../../ledgerLine.ts'
import type { SystemName } from '../../systems.ts'
import { postMessage } from './postMessage.ts'
import { sendCommission } from './sendCommission.ts'

/** What is known of the events of one use of an API. */
export interface SendOutcome {
  lines: LedgerLine[]
  /** An answer says that Kafka has the event. */
  delivered: boolean
}

/** How load gets into a system. */
export interface Sender {
  /** Uses the API with a content that nobody else has. */
  send(baseUrl: string, content: string): Promise<SendOutcome>
  /** An event with a content, for transactions that do not come by the API. */
  draft(content: string): EventDraft
}

const amount = (text: string) => ({ amount: text, currency: 'USD' })

export const senders: Readonly<Record<SystemName, Sender>> = {
  messages: {
    send: async (baseUrl, content) => {
      const { line, delivered } = await postMessage(baseUrl, content)
      return { lines: [line], delivered }
    },
    draft: (content) => draftEvent(messageCreated, { content }),
  },
  commissions: {
    send: async (baseUrl, content) => ({ lines: await sendCommission(baseUrl, content), delivered: false }),
    draft: (content) =>
      draftEvent(commissionCalculated, {
        commissionId: crypto.randomUUID(),
        conversionId: content,
        affiliateId: 'drill',
        campaignId: 'drill',
        grossAmount: amount('120.50'),
        percentage: '12.5',
        netAmount: amount('15.06'),
        calculatedAt: new Date().toISOString(),
      }),
  },
}
