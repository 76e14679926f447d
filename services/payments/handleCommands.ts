import {
  type InboxEventOf,
  type InboxHandlers,
  type InboxTransaction,
  inboxBatch,
  originOf,
  together,
} from '@relevo/inbox'
import { lockKeys } from '@relevo/kit'
import { parseUnits } from '@relevo/kit/exact'
import type { z } from 'zod'
import type { shopMoney } from '../../systems/shop/common.ts'
import * as contracts from '../../systems/shop/paymentCommands.ts'
import type { Command } from './domain/command.ts'
import { amountDecimals } from './domain/payment.ts'
import { type Step, takeCommand } from './domain/takeCommand.ts'
import { recordSteps } from './recordSteps.ts'
import { lockPayments } from './sql/lockPayments.ts'
import type { StoredPayment } from './sql/paymentRow.ts'

const schemas = { CHARGE: contracts.charge.payload, REFUND: contracts.refund.payload }

type CommandEvent = InboxEventOf<typeof schemas>

/** What is done with the commands of orders: all of a transaction together. */
export function commandHandlers(onSteps: (steps: readonly Step[]) => void): InboxHandlers {
  return inboxBatch(schemas, async (events, tx) => onSteps(await takeCommands(tx, events.map(toCommand))))
}

function toCommand(event: CommandEvent): Command {
  const { type, data } = event
  const { saga_id: sagaId, step, attempt, order_id: orderId } = data
  const address = { command: type, sagaId, step, attempt, origin: originOf(event) }
  const command = { orderId: orderId.toLowerCase(), address }
  if (!('amount' in data)) return command
  const { amount, customer_id: customerId = null, customer_email: customerEmail = null } = data
  return { ...command, charge: { ...toMinor(amount), customerId, customerEmail } }
}

/** The schema has checked that the amount is a decimal without a finer part. */
function toMinor({ amount, currency }: z.output<typeof shopMoney>) {
  const amountMinor = parseUnits(amount, amountDecimals)
  if (amountMinor === undefined) throw new Error('The amount of a charge is none')
  return { amountMinor, currency }
}

/**
 * Decides commands one after the other, and stores what comes of it: what the provider has to do is recorded, and left to the
 * worker, since no call outside of the database may be made in a transaction, or be made again with it.
 * @throws the errors of `tx`.
 */
export async function takeCommands(tx: InboxTransaction, commands: readonly Command[]): Promise<Step[]> {
  const orderIds = [...new Set(commands.map(({ orderId }) => orderId))]
  const [, before] = await together(tx, [() => lockKeys(tx, orderIds), () => lockPayments(tx, orderIds)])
  const steps = decideAll(before, commands)
  await recordSteps(tx, before, steps)
  return steps
}

function decideAll(before: ReadonlyMap<string, StoredPayment>, commands: readonly Command[]): Step[] {
  const payments = new Map<string, Step['payment']>(before)
  return commands.map((command) => {
    const step = takeCommand(payments.get(command.orderId), command)
    payments.set(command.orderId, step.payment)
    return step
  })
}
