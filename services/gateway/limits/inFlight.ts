/** Counts what each holder has at once; it holds no more than is under way. */
export class InFlight {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** @returns undefined when the holder has as many as it may; else what gives the place back, once. */
  enter(holder: string): (() => void) | undefined {
    const count = this.#counts.get(holder) ?? 0
    if (count >= this.#most) return undefined
    this.#counts.set(holder, count + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#leave(holder)
    }
  }

  #leave(holder: string): void {
    const left = (this.#counts.get(holder) ?? 1) - 1
    if (left > 0) this.#counts.set(holder, left)
    else this.#counts.delete(holder)
  }
}
