/** Repeats per second that are always allowed; after ten quiet seconds ten times as many may come at once. */
const perSecond = 10
const burst = 10 * perSecond

/** Replies that earn one repeat. */
const repliesPerRepeat = 10

/**
 * Limits repeated commands: one per ten replies, plus ten a second, which is enough for lost ones. A participant that
 * is away or behind sends few replies, and so gets few repeats: commands that it has not taken yet wait in its topic, and repeats
 * would only add to them. After Finagle's and gRPC's retry budgets.
 */
export interface RepeatBudget {
  /** Records replies: participants take commands. */
  earn(replies: number): void
  /** May one more command be repeated now? If so, it is charged to the budget. */
  spend(): boolean
}

export function createRepeatBudget(now: () => number = () => performance.now()): RepeatBudget {
  let balance = burst
  let at = now()

  function add(repeats: number): void {
    balance = Math.min(burst, balance + repeats)
  }

  return {
    earn: (replies) => add(replies / repliesPerRepeat),
    spend: () => {
      const time = now()
      add(((time - at) / 1_000) * perSecond)
      at = time
      if (balance < 1) return false
      balance -= 1
      return true
    },
  }
}
