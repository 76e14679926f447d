import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@relevo/embedded'
import { findChromium } from '@relevo/testing'
import type { Browser } from 'playwright-core'
import { smallEvents } from '../drainBacklog.ts'
import { measureDrain } from '../measureDrain.ts'
import type { Values } from '../measurement.ts'
import { cpuShares } from '../processUsage.ts'
import { untilAcknowledged } from '../progress.ts'
import type { Run, Scenario } from '../scenario.ts'
import { migrateService, type ServiceProcess, startServiceProcess, untilReady } from '../serviceProcess.ts'
import type { BenchOutbox } from '../testBed.ts'
import { type Cleanup, withOutbox } from '../withOutbox.ts'

/** So many that the console looks several times while they are published. */
const backlog = smallEvents(1_000_000)
/** Recorded each second while the page is measured, so that there is something live. */
const trickle = smallEvents(1_000)
const trickleMs = 1_000
const settleMs = 5_000
const liveMs = 20_000
const quiet = 'nobody looks'

export const consoleScenario: Scenario = {
  name: 'console',
  chapter: 'console',
  title: 'The console',
  description: `Above: one relay publishes a backlog of ${backlog.events.toLocaleString('en-US')} events of 300 bytes beside a monitor and a console, with no page open, and with
one whose stream is read by a program, so that a browser takes no part of the same cores. Below: the overview in Chromium beside a relay
that publishes. First paint from the beginning of the navigation; the work of the page's main thread (\`TaskDuration\`) while live, in ms per
second, over ${liveMs / 1_000} s; JavaScript and CSS as they are sent. CPU of the console in percent of one core.`,
  columns: [
    { key: 'eventsPerSecond', title: 'events/s' },
    { key: 'ratio', title: 'of nobody looks', digits: 3 },
    { key: 'consoleCpu', title: 'CPU console', digits: 1 },
    { key: 'firstPaintMs', title: 'first paint, ms' },
    { key: 'mainThreadMs', title: 'main thread, ms/s', digits: 1 },
    { key: 'sentKilobytes', title: 'sent, kB', digits: 1 },
  ],
  ratios: [
    {
      key: 'ratio',
      of: 'eventsPerSecond',
      reference: (variant) => (variant === 'a page is open' ? quiet : undefined),
    },
  ],
  variants: [
    { name: quiet, budgetMs: 120_000, measure: (run) => drainBeside(run, false) },
    { name: 'a page is open', budgetMs: 120_000, measure: (run) => drainBeside(run, true) },
    { name: 'the page in Chromium', budgetMs: 240_000, measure: measurePage },
  ],
}

interface World {
  readonly outbox: BenchOutbox
  startRelay(): Promise<ServiceProcess>
  readonly console: ServiceProcess
  readonly url: string
}

/** A monitor and a console, ready, and the relay that both watch: it is started last. */
function withConsole(
  { bed, signal }: Run,
  work: (world: World, cleanup: Cleanup) => Promise<Values>,
): Promise<Values> {
  return withOutbox(bed, (monitorDatabase) =>
    withOutbox(bed, (consoleDatabase) =>
      withOutbox(bed, async (outbox, cleanup) => {
        await migrateService(bed, 'monitor', monitorDatabase.url)
        await migrateService(bed, 'console', consoleDatabase.url)
        const start = async (name: string, database: string, variables: Record<string, string>) => {
          const service = await startServiceProcess(bed, name, database, variables)
          cleanup(service.stop)
          return { service, url: `http://127.0.0.1:${service.port}` }
        }
        const relayPort = await freePort()
        const relayUrl = `http://127.0.0.1:${relayPort}`
        const monitor = await start('monitor', monitorDatabase.url, {
          MONITORED_SERVICES: `relay=${relayUrl}`,
          MONITORED_KAFKA: JSON.stringify({ topics: { [outbox.topic]: null }, groups: [] }),
        })
        const console = await start('console', consoleDatabase.url, {
          OPERATED_SERVICES: `relay=${relayUrl},monitor=${monitor.url}`,
        })
        await untilReady(monitor.url, monitor.service, signal)
        await untilReady(console.url, console.service, signal)
        const startRelay = async () => {
          const { service } = await start('relay', outbox.url, {
            PORT: String(relayPort),
            EVENT_SOURCE: '/bench',
          })
          return service
        }
        return work({ outbox, startRelay, console: console.service, url: console.url }, cleanup)
      }),
    ),
  )
}

function drainBeside(run: Run, isOpen: boolean): Promise<Values> {
  const { bed, signal } = run
  return withConsole(run, async ({ outbox, startRelay, console, url }, cleanup) => {
    await backlog.fill(outbox)
    if (isOpen) cleanup(openStream(url))
    const relay = await startRelay()
    const until = (count: number) => untilAcknowledged(outbox, count, signal)
    const costs = cpuShares({ consoleCpu: console.pid })()
    const values = await measureDrain(bed, relay, until, [1, backlog.events])
    return { ...values, ...costs() }
  })
}

/** Records events until the returned function is called. */
function keepRecording(outbox: BenchOutbox): () => Promise<void> {
  const ending = new AbortController()
  const recording = (async () => {
    while (!ending.signal.aborted) {
      await trickle.fill(outbox)
      await delay(trickleMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  })()
  return async () => {
    ending.abort()
    await recording
  }
}

/** Reads what a page of the console is sent, until the returned function is called. */
function openStream(url: string): () => Promise<void> {
  const leaving = new AbortController()
  const reading = (async () => {
    const { body } = await fetch(`${url}/console/live`, { signal: leaving.signal })
    for await (const _ of body ?? []);
  })().catch(() => undefined)
  return async () => {
    leaving.abort()
    await reading
  }
}

function measurePage(run: Run): Promise<Values> {
  return withConsole(run, async ({ outbox, startRelay, console, url }, cleanup) => {
    await startRelay()
    cleanup(keepRecording(outbox))
    await untilAcknowledged(outbox, 1, run.signal)
    const browser = await launch()
    cleanup(() => browser.close())
    const page = await browser.newPage()
    let sent = 0
    page.on('response', async (response) => {
      if (response.url().includes('/console/assets/'))
        sent += Number(response.headers()['content-length'] ?? 0)
    })
    await page.goto(url)
    await page.getByRole('rowheader', { name: 'relay' }).first().waitFor()
    const firstPaintMs = (await page.evaluate(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    )) as number
    const client = await page.context().newCDPSession(page)
    await client.send('Performance.enable')
    const worked = async () => {
      const { metrics } = await client.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000
    }
    await delay(settleMs, undefined, { signal: run.signal })
    const costs = cpuShares({ consoleCpu: console.pid })()
    const before = await worked()
    await delay(liveMs, undefined, { signal: run.signal })
    const mainThreadMs = ((await worked()) - before) / (liveMs / 1_000)
    return { firstPaintMs, mainThreadMs, sentKilobytes: sent / 1_000, ...costs() }
  })
}

/** As it is: with what a browser of somebody's has, but for the sandbox, which root has not. */
async function launch(): Promise<Browser> {
  const found = await findChromium()
  if (typeof found === 'string') throw new Error(`the page is measured in Chromium: ${found}`)
  const { chromium } = await import('playwright-core')
  return chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] })
}
