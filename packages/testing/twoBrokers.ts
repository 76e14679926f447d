import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type EmbeddedKafka, startKafka, temporaryDirectory } from '@relevo/embedded'
import { afterTest } from './afterTest.ts'
import { type TcpProxy, tcpProxy } from './tcpProxy.ts'

export interface TwoBrokers {
  /** Broker and controller. */
  readonly first: EmbeddedKafka
  /** What the second broker hears of the cluster goes through here. */
  readonly controllerLink: TcpProxy
  second(): EmbeddedKafka
  /** The second broker again, on its port and with its data. */
  restartSecond(): Promise<void>
}

/** A Kafka of two brokers, ended with the test. */
export async function twoBrokers(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<TwoBrokers> {
  const directory = temporaryDirectory()
  afterTest(t, () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  const first = await startKafka({ directory: join(directory, 'first'), settings: { ...settings } })
  afterTest(t, () => first.kill())
  const controllerLink = await tcpProxy(() => first.controllerPort)
  afterTest(t, () => controllerLink.close())
  const startSecond = (port?: number) =>
    startKafka({
      directory: join(directory, 'second'),
      settings: { ...settings },
      joins: { cluster: first, nodeId: 2, controllerPort: controllerLink.port },
      ...(port !== undefined && { port }),
    })
  let second = await startSecond()
  afterTest(t, () => second.kill())
  return {
    first,
    controllerLink,
    second: () => second,
    restartSecond: async () => {
      second = await startSecond(second.port)
    },
  }
}
