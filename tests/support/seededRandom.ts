export interface SeededRandom {
  /** Above or at 0, below 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  integer(least: number, most: number): number
}

/** Numbers by chance that the same seed gives again (mulberry32). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, integer: (least, most) => least + Math.floor(next() * (most - least + 1)) }
}

/** The seed of this run: that of the variable RELEVO_TEST_SEED, to see a failure again, or a new one. */
export function testSeed(): number {
  return Number(process.env.RELEVO_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
}
