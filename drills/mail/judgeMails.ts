import type { TakenMail } from './mailSink.ts'

/** A notification, as the database of the notifications has it at rest. */
export interface NotificationRow {
  /** Of the event that asked for it, as in its Message-ID. */
  readonly id: string
  readonly state: string
  /** Attempts whose answer was lost: each may have arrived. */
  readonly doubtful: number
}

const mostExamples = 3

/**
 * Compares what the notifications say with what the mail server took: an accepted notification is sent or dead, and each copy
 * beyond the one that was answered is counted as an attempt whose answer was lost.
 * @returns everything that does not hold, each as a sentence.
 */
export function judgeMails(rows: readonly NotificationRow[], mails: readonly TakenMail[]): string[] {
  const copies = new Map<string, number>()
  for (const { id } of mails) copies.set(id, (copies.get(id) ?? 0) + 1)
  const known = new Set(rows.map(({ id }) => id))
  const found = rows.flatMap((row) => judgeMail(row, copies.get(row.id) ?? 0))
  const unknown = [...copies.keys()].filter((id) => !known.has(id))
  const all = [
    ...found,
    ...unknown.map(
      (id) => `the mail server took ${id || 'a mail without Message-ID'}, which nobody asked for`,
    ),
  ]
  const left = all.length - mostExamples
  return [...all.slice(0, mostExamples), ...(left > 0 ? [`and ${left} more of the kind`] : [])]
}

function judgeMail({ id, state, doubtful }: NotificationRow, copies: number): string[] {
  const certain = state === 'sent' ? 1 : 0
  if (state !== 'sent' && state !== 'dead') return [`notification ${id} is ${state}, neither sent nor dead`]
  if (copies < certain) return [`notification ${id} counts as sent, and the mail server never took it`]
  if (copies > certain + doubtful)
    return [`notification ${id} was taken ${copies} times, and ${doubtful} lost answers were counted`]
  return []
}
