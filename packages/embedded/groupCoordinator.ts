import { waitUntil } from './waitUntil.ts'

const answerBudgetMs = 5_000
const groupKey = 0
const group = 'relevo'

/**
 * Waits until the broker on `port` coordinates consumer groups, or `budgetMs` have passed (false). A new broker makes
 * its topic of offsets when it is first asked for a coordinator and then loads it; clients that come meanwhile get
 * errors, which some of them log or throw. One partition of that topic is all there is, so any group stands for all.
 */
export function waitForGroups(port: number, budgetMs: number): Promise<boolean> {
  return waitUntil(() => coordinatesGroups(port).catch(() => false), budgetMs)
}

async function coordinatesGroups(port: number): Promise<boolean> {
  // It takes half a second to load, which is for those who start a broker.
  const { Connection, findCoordinatorV4, offsetFetchV8 } = await import('@platformatic/kafka')
  const timeouts = { connectTimeout: answerBudgetMs, requestTimeout: answerBudgetMs }
  const connection = new Connection('relevo-embedded', timeouts)
  connection.on('error', () => undefined) // the request under way fails
  try {
    await connection.connect('127.0.0.1', port)
    // Both throw for an error in the answer.
    await findCoordinatorV4.api.async(connection, groupKey, [group])
    const groups = [{ groupId: group, memberEpoch: -1, topics: null }]
    await offsetFetchV8.api.async(connection, groups, false)
    return true
  } finally {
    connection.socket?.destroy()
  }
}
