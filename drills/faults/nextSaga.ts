import { readFileSync } from 'node:fs'

/** Which version of the saga `sell` new orders start with; both can go on with the sagas of both. */
export type StartsWith = 'next' | 'former'

/** A file of the orders, by its path below services/orders. */
export type OrderFiles = Readonly<Record<string, string>>

export const ordersFolder = 'services/orders'

/**
 * The orders with one more version of their saga `sell`, as a developer would write it: its step `charge` is called `pay`, and
 * the version before stays among the definitions. Made from the files of this checkout.
 * @returns the files that differ from theirs.
 * @throws Error when those are no longer written as this expects.
 */
export function withNextSaga(startsWith: StartsWith): OrderFiles {
  const names = startsWith === 'next' ? '[former, sell, buy]' : '[sell, next, buy]'
  const made = '[sellSaga(parts), nextSellSaga(parts), buySaga(parts)]'
  const next = startsWith === 'next' ? 'former' : 'next'
  return {
    'orders.ts': change('orders.ts', [
      [
        "import { sellSaga } from './sagas/sellSaga.ts'",
        "import { sellSaga as nextSellSaga } from './sagas/nextSellSaga.ts'\nimport { sellSaga } from './sagas/sellSaga.ts'",
      ],
      ['const [sell, buy] = [sellSaga(parts), buySaga(parts)]', `const ${names} = ${made}`],
      ['definitions: [sell, buy]', `definitions: [sell, ${next}, buy]`],
    ]),
    'sagas/nextSellSaga.ts': change('sagas/sellSaga.ts', [
      ['version: 1,', 'version: 2,'],
      ['      charge: {\n', '      pay: {\n'],
    ]),
  }
}

function change(file: string, changes: readonly (readonly [from: string, to: string])[]): string {
  const text = readFileSync(new URL(`../../${ordersFolder}/${file}`, import.meta.url), 'utf8')
  return changes.reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2)
      throw new Error(`${ordersFolder}/${file} does not have once: ${from}`)
    return changed.replace(from, () => to)
  }, text)
}
