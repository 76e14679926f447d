import { type TestContext, test } from 'node:test'

/** What a relay reads: the outbox's table or the write-ahead log. */
export type RelaySource = 'table' | 'wal'

/** The same test with relays of either source. */
export function testEachSource(
  name: string,
  body: (t: TestContext, source: RelaySource) => Promise<void>,
): void {
  for (const source of ['table', 'wal'] as const) test(`${name} (${source})`, (t) => body(t, source))
}
