/** A value, and a moment (of `performance.now()`) since which it is known to be true or newer. */
export interface Dated<T> {
  readonly value: T
  readonly trueAt: number
}

export interface SharedReads<T> {
  /** @param read gets the value again; the second time for one request, `mustBeNew` rules out an older one. */
  run(key: string, read: (mustBeNew: boolean) => Promise<Dated<T>>): Promise<{ value: T; isShared: boolean }>
}

/**
 * Lets requests for the same thing at the same time share one read. What a request gets was true at most `maxAgeMs` before, or was
 * read after the request had come: a read that takes longer than `maxAgeMs` answers only those who asked before it began.
 * @throws the errors of `read`, to all who share it.
 */
export function shareReads<T>(maxAgeMs: number, now = () => performance.now()): SharedReads<T> {
  const underWay = new Map<string, Promise<Dated<T>>>()

  function begin(key: string, read: () => Promise<Dated<T>>): Promise<Dated<T>> {
    const begun = read().finally(() => underWay.delete(key))
    underWay.set(key, begun)
    return begun
  }

  return {
    async run(key, read) {
      const cameAt = now()
      const isGood = ({ trueAt }: Dated<T>) => trueAt >= cameAt || now() - trueAt <= maxAgeMs
      const running = underWay.get(key)
      const first = await (running ?? begin(key, () => read(false)))
      if (isGood(first)) return { value: first.value, isShared: running !== undefined }
      const other = underWay.get(key)
      const second = await (other ?? begin(key, () => read(true)))
      if (isGood(second)) return { value: second.value, isShared: other !== undefined }
      return { value: (await read(true)).value, isShared: false }
    },
  }
}
