// npm start [-- system … --port-offset N]: a Postgres, a Kafka and the services of every system, until Ctrl-C.
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { noteRunningStart } from '@relevo/cli'
import { claimDirectory, isPortFree, waitUntil } from '@relevo/embedded'
import { allSystems } from '../systems/index.ts'
import type { System } from '../systems/system.ts'
import { runCommand } from './commandLine.ts'
import { dataDirectory, lockDirectory, preferredDirectory, wasKilled } from './dataDirectory.ts'
import { mailVariables, startMailServer } from './mailServer.ts'
import { type PortPlan, type PortUser, planPorts, takenPortsMessage, withPreferredPorts } from './portPlan.ts'
import {
  type KafkaServer,
  type PostgresServer,
  provideKafka,
  providePostgres,
  provideValkey,
  type ValkeyServer,
} from './servers.ts'
import { parseStartArguments, type StartArguments, startUsage } from './startArguments.ts'
import { logFileOf, startServices } from './startServices.ts'
import { renderStatus, urlOf } from './status.ts'
import { stopSignal } from './stopSignal.ts'
import type { SupervisedService } from './supervisor.ts'
import { waitUntilReady } from './waitUntilReady.ts'

const print = (line: string) => console.log(line)

/** What runs by now, to be stopped in the order services, Valkey, Kafka, Postgres. */
interface Running {
  services: SupervisedService[]
  kafka?: KafkaServer
  valkey?: ValkeyServer
  postgres?: PostgresServer
}

async function main(args: string[]): Promise<number> {
  return runUntilStopped(
    parseStartArguments(
      args,
      allSystems.map((system) => system.name),
    ),
  )
}

async function runUntilStopped(args: StartArguments): Promise<number> {
  const signal = stopSignal(() => print('Forced to end.'))
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined)),
  )
  const running: Running = { services: [] }
  let problem: string | undefined
  try {
    const failure = start(args, running, signal).then(() => firstEnd(running))
    problem = await Promise.race([failure, stopped])
  } catch (error) {
    if (!signal.aborted) problem = (error as Error).message
  }
  if (problem !== undefined) console.error(`\n${problem}\n`)
  await stopAll(running)
  return problem === undefined ? 0 : 1
}

async function start(args: StartArguments, running: Running, signal: AbortSignal): Promise<void> {
  const directory = await dataDirectory()
  const killed = wasKilled(directory)
  process.once('exit', lockDirectory(directory))
  const chosen =
    args.systems.length === 0 ? allSystems : allSystems.filter(({ name }) => args.systems.includes(name))
  const planned = planPorts(chosen, args.portOffset)
  const plan = args.portOffset === 0 ? await withPreferredPorts(planned, isPortFree) : planned
  if (process.env.SMTP_URL) delete plan.mail
  // A killed predecessor's services and servers may take some seconds to end; that is no reason to refuse.
  for (const server of ['postgres', 'kafka', 'valkey']) await claimDirectory(join(directory, server))
  await requireFreePorts(plan, killed ? 20_000 : 0)
  print(`Relevo starts ${chosen.map((system) => system.name).join(', ')}; its data are in ${directory}`)
  if (directory !== resolve(preferredDirectory))
    print(
      `${preferredDirectory} cannot hold them: this user may not write there, or Postgres' account may not enter it.`,
    )
  await startServers(directory, plan, canShare(chosen), running)
  await startSystems(chosen, plan, directory, running, signal)
}

/** Several outboxes cannot be in one database, and systems of their own should not be. */
function canShare(systems: readonly System[]): boolean {
  return systems.length === 1 && outboxesOf(systems).length === 1
}

function outboxesOf(systems: readonly System[]): string[] {
  return systems.flatMap(({ relays }) => relays.flatMap(({ outboxes }) => outboxes))
}

async function requireFreePorts(plan: PortPlan, budgetMs: number): Promise<void> {
  const users: PortUser[] = [...plan.services]
  if (!process.env.DATABASE_URL) users.push({ port: plan.postgres, name: 'Postgres' })
  if (!process.env.KAFKA_BROKERS) users.push({ port: plan.kafka, name: 'Kafka' })
  if (plan.valkey !== undefined && !process.env.REDIS_URL) users.push({ port: plan.valkey, name: 'Valkey' })
  if (plan.mail)
    users.push({ port: plan.mail.smtp, name: 'mail server' }, { port: plan.mail.page, name: 'mails' })
  let taken: PortUser[] = []
  await waitUntil(async () => {
    const free = await Promise.all(users.map((user) => isPortFree(user.port)))
    taken = users.filter((_, index) => !free[index])
    return taken.length === 0
  }, budgetMs)
  if (taken.length > 0) throw new Error(takenPortsMessage(taken))
}

async function startServers(
  directory: string,
  plan: PortPlan,
  oneDatabase: boolean,
  running: Running,
): Promise<void> {
  const { DATABASE_URL, KAFKA_BROKERS, REDIS_URL } = process.env
  const postgres = providePostgres({
    directory,
    port: plan.postgres,
    existing: DATABASE_URL,
    oneDatabase,
    print,
  })
  const kafka = provideKafka({ directory, port: plan.kafka, existing: KAFKA_BROKERS, print })
  const valkey =
    plan.valkey === undefined
      ? Promise.resolve(undefined)
      : provideValkey({ directory, port: plan.valkey, existing: REDIS_URL, print })
  // Each is noted as soon as it runs: should the other fail, it is stopped like everything else.
  await Promise.all([
    postgres.then((server) => {
      running.postgres = server
    }),
    kafka.then((server) => {
      running.kafka = server
    }),
    valkey.then((server) => {
      if (!server) return
      running.valkey = server
      // The services do without it.
      void server.ended.then(print)
    }),
  ])
}

async function startSystems(
  chosen: readonly System[],
  plan: PortPlan,
  directory: string,
  running: Running,
  signal: AbortSignal,
): Promise<void> {
  const { postgres, kafka, valkey } = running
  if (!postgres || !kafka) return
  const logDirectory = join(directory, 'logs')
  rmSync(logDirectory, { recursive: true, force: true })
  mkdirSync(logDirectory)
  const options = {
    planned: plan.services,
    systems: chosen,
    postgres,
    kafka,
    dataDirectory: directory,
    logDirectory,
    environment: {
      NODE_COMPILE_CACHE: join(directory, 'compile-cache'), // a quarter of what a start costs
      MAX_POLL_MS: '3000', // of relays with nothing to send; an event that is recorded wakes them
      ...process.env,
      ...(valkey && { REDIS_URL: valkey.url }),
      ...mailVariables(plan),
    },
    print,
    signal,
  }
  if (plan.mail) running.services.push(startMailServer(plan.mail, options))
  for (const system of chosen) {
    running.services.push(...(await startServices({ ...options, system })))
    print(`The databases and topics of ${system.name} are up to date; its services start …`)
  }
  const names = outboxesOf(chosen)
  const databaseUrls = [...new Set(await Promise.all(names.map(postgres.databaseUrl)))]
  const places = plan.services.map((service) => [service.name, urlOf(service)])
  const note = {
    pid: process.pid,
    databaseUrls,
    brokers: kafka.brokers,
    services: {
      ...Object.fromEntries(places),
      ...(plan.mail && { mailbox: `http://127.0.0.1:${plan.mail.page}` }),
    },
  }
  process.once('exit', noteRunningStart(preferredDirectory, note))
  const services = plan.services.map(({ name, port }) => ({
    name,
    port,
    logFile: logFileOf(logDirectory, name),
  }))
  await Promise.race([waitUntilReady(services, signal), firstEnd(running).then(fail)])
  if (!signal.aborted)
    print(renderStatus({ systems: chosen, plan, postgres, kafka, valkey, directory, logDirectory }))
}

function fail(reason: string): never {
  throw new Error(reason)
}

/** Resolves with a report when a server, or a service for good, has ended by itself. */
function firstEnd({ services, kafka, postgres }: Running): Promise<string> {
  const ends = services.map((service) => service.gaveUp)
  return Promise.race([...ends, ...(kafka ? [kafka.ended] : []), ...(postgres ? [postgres.ended] : [])])
}

async function stopAll(running: Running): Promise<void> {
  if (!running.kafka && !running.postgres && !running.valkey) return
  print('\nStopping the services …')
  await Promise.all(running.services.map((service) => service.stop()))
  await running.valkey?.stop()
  print('Stopping Kafka and Postgres …')
  await running.kafka?.stop()
  await running.postgres?.stop()
  print('Stopped. The data stay; npm run reset removes them.')
}

await runCommand(startUsage, main)
