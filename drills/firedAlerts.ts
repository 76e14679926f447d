import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { CommandError } from '../scripts/commandLine.ts'

/** An alert that fired; times in milliseconds since 1970. */
export interface FiredAlert {
  readonly name: string
  /** What it was about, without what all alerts say. */
  readonly labels: Readonly<Record<string, string>>
  readonly firedAt: number
  /** Undefined: it still fires. */
  readonly resolvedAt: number | undefined
}

const rangeAnswer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
})

const stepSeconds = 1
const requestMs = 10_000
const lookEveryMs = 2_000
/** Prometheus answers at most 11,000 points a series. */
const mostSeconds = 10_000

/** The alerts that fired since then, as Prometheus at `url` saw them; those that fired before then are left out. */
export async function readFiredAlerts(url: string, sinceMs: number, now = Date.now()): Promise<FiredAlert[]> {
  const end = Math.floor(now / 1_000)
  const start = Math.max(Math.floor(sinceMs / 1_000), end - mostSeconds)
  const query = new URLSearchParams({
    query: 'ALERTS{alertstate="firing"}',
    start: String(start),
    end: String(end),
    step: String(stepSeconds),
  })
  const answer = await fetch(new URL(`/api/v1/query_range?${query}`, url), {
    signal: AbortSignal.timeout(requestMs),
  })
  if (!answer.ok) throw new Error(`Prometheus at ${url} answers ${answer.status}: ${await answer.text()}`)
  const { data } = rangeAnswer.parse(await answer.json())
  return data.result
    .map(({ metric, values }) => toFired(metric, values, end))
    .filter(({ firedAt }) => firedAt > start * 1_000)
    .sort((a, b) => a.firedAt - b.firedAt)
}

function toFired(
  { __name__, alertname = '', alertstate, severity, namespace, ...labels }: Record<string, string>,
  values: readonly (readonly [number, string])[],
  end: number,
): FiredAlert {
  const [first = 0] = values[0] ?? []
  const [last = 0] = values.at(-1) ?? []
  const isOver = last < end - stepSeconds
  return { name: alertname, labels, firedAt: first * 1_000, resolvedAt: isOver ? last * 1_000 : undefined }
}

/** @throws CommandError when no Prometheus answers there. */
export async function requirePrometheus(url: string): Promise<void> {
  try {
    await readFiredAlerts(url, Date.now())
  } catch (cause) {
    throw new CommandError(
      'cannotRun',
      `No Prometheus answers at ${url} (${(cause as Error).message}). npm run k8s:prometheus puts one beside the release, and prints its URL.`,
      { cause },
    )
  }
}

/** The same, once all of them are resolved or `budgetMs` is over. */
export async function awaitResolved(url: string, sinceMs: number, budgetMs: number): Promise<FiredAlert[]> {
  const until = Date.now() + budgetMs
  for (;;) {
    const alerts = await readFiredAlerts(url, sinceMs)
    if (alerts.every(({ resolvedAt }) => resolvedAt !== undefined) || Date.now() >= until) return alerts
    await delay(lookEveryMs)
  }
}

/** An alert in one line, with the seconds since the drill began. */
export function describeAlert({ name, labels, firedAt, resolvedAt }: FiredAlert, beganAt: number): string {
  const about = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  const since = (at: number) => `${Math.round((at - beganAt) / 1_000)} s`
  const end = resolvedAt === undefined ? 'still fires' : `resolved after ${since(resolvedAt)}`
  return `${name}${about.length > 0 ? ` (${about.join(', ')})` : ''}: fired after ${since(firedAt)}, ${end}`
}
