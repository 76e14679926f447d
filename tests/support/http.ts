import assert from 'node:assert/strict'
import { eventually } from '@relevo/testing'

// biome-ignore lint/suspicious/noExplicitAny: answers of several endpoints, checked by the assertions
export type Answer = any

export async function getJson(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  assert.ok(response.ok, `${url}: ${response.status} ${await response.clone().text()}`)
  return response.json()
}

export async function postMessage(
  base: string,
  content: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${base}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ content }),
    signal: AbortSignal.timeout(30_000),
  })
  return { status: response.status, body: await response.json() }
}

/** Asks until the answer holds; fails with the last answer when the budget is spent. */
export async function getUntil(
  url: string,
  holds: (body: Answer) => boolean | Promise<boolean>,
  budgetMs = 30_000,
): Promise<Answer> {
  let last: Answer
  const look = async () => {
    last = await getJson(url)
    return await holds(last)
  }
  await eventually(look, `${url} as wished`, budgetMs).catch((cause) => {
    throw new Error(`${url} answered last: ${JSON.stringify(last)}`, { cause })
  })
  return last
}
