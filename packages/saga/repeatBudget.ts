/** Repeats in a second that are always allowed, as many as there may be at once after ten quiet seconds. */
const perSecond = 10
const burst = 10 * perSecond

/** Replies that pay for one repeat. */
const repliesPerRepeat = 10

/**
 * How many commands may be repeated: one for ten replies, and ten a second besides, which is enough for what was lost. A participant that
 * is away or behind sends few replies, and gets few repeats: what it has not taken yet waits in its topic, and a repeat of it is
 * only more to take. After Finagle's and gRPC's retry budgets.
 */
export interface RepeatBudget {
  /** Participants have answered: they take commands. */
  earn(replies: number): void
  /** May one more command be repeated now? Then it is paid for. */
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
