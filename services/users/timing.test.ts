// Whether times tell that an address is known. Takes minutes and a quiet machine: RELEVO_TIMING=1 npm test -- services/users/timing
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rankSumZ } from './rankSum.ts'
import { usersHarness } from './usersHarness.ts'

const isWanted = process.env.RELEVO_TIMING !== undefined
const rounds = 60
/** Beyond it, two samples of one distribution are once in 1,000 times. */
const mostZ = 3.29

test('the sum of ranks tells samples that differ from those that do not', () => {
  const numbers = Array.from({ length: 100 }, (_, n) => n)
  assert.ok(Math.abs(rankSumZ(numbers, numbers)) < 0.01)
  assert.ok(
    rankSumZ(
      numbers,
      numbers.map((n) => n + 30),
    ) < -mostZ,
  )
  assert.ok(
    rankSumZ(
      numbers.map((n) => n + 30),
      numbers,
    ) > mostZ,
  )
})

if (isWanted)
  test('nobody is told by the time of an answer whether an address is known', async (t) => {
    const limits = { ATTEMPTS_PER_ACCOUNT: '1000000', ANSWER_FLOOR_MS: '100' }
    const { post, someone, password } = await usersHarness(t, limits)
    await someone('known@example.com')
    let strangers = 0
    const addresses = {
      known: () => 'known@example.com',
      unknown: () => `stranger-${strangers++}@example.com`,
    }
    const requests = {
      register: (email: string) => post('/users', { name: 'Eve', email, password }),
      login: (email: string) => post('/auth/login', { email, password: 'a wrong password' }),
      forgot: (email: string) => post('/auth/forgot-password', { email }),
    }
    for (const [name, request] of Object.entries(requests)) {
      const times = { known: [] as number[], unknown: [] as number[] }
      for (let round = 0; round < rounds; round++)
        // Side by side, and in turns first: what the machine does meets both.
        for (const kind of round % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
          const email = addresses[kind]()
          const begin = performance.now()
          await request(email)
          times[kind].push(performance.now() - begin)
        }
      const z = rankSumZ(times.known, times.unknown)
      t.diagnostic(
        `${name}: z ${z.toFixed(2)}, medians ${median(times.known)} and ${median(times.unknown)} ms`,
      )
      assert.ok(Math.abs(z) < mostZ, `${name}: z is ${z}`)
    }
  })

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(1)
}
