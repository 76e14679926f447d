// npm run load -- <scenario> [profile]: runs a k6 scenario, and keeps its ledger, summary and the services' metrics.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, runCommand } from '../scripts/commandLine.ts'
import { urlVariable } from '../systems/parts.ts'
import { adjustProfile, profileSeconds, profiles } from './k6/profiles.ts'
import {
  type LoadArguments,
  loadUsage,
  needsCustomers,
  parseLoadArguments,
  systemOf,
} from './loadArguments.ts'
import { type LoadTarget, localTarget } from './loadTarget.ts'
import { scrape } from './metrics/scrape.ts'
import { prepareCustomers } from './prepareCustomers.ts'
import { requireAnswer } from './requireAnswer.ts'
import { createRunDirectory, type RunFile } from './runDirectory.ts'
import { k6Problem, runK6 } from './runK6.ts'

async function main(args: string[]): Promise<number> {
  const parsed = parseLoadArguments(args)
  const problem = k6Problem()
  if (problem !== undefined) throw new CommandError('cannotRun', problem)
  const target = await targetOf(parsed)
  await requireAnswer(target)
  return run(parsed, target)
}

async function targetOf({
  scenario,
  kubernetes,
  namespace,
  release,
  portOffset,
}: LoadArguments): Promise<LoadTarget> {
  const system = systemOf(scenario)
  if (!kubernetes) return localTarget(system, portOffset, process.env)
  // Loaded only here, for the Kubernetes client is large.
  const { releaseTarget } = await import('./releaseTarget.ts')
  const throughGateway = needsCustomers(scenario) // they log in there
  return releaseTarget(system, { namespace, release, baseUrl: process.env.BASE_URL, throughGateway })
}

async function run(args: LoadArguments, target: LoadTarget): Promise<number> {
  const { scenario, profile: profileName } = args
  const profile = adjustProfile(profiles[profileName], args)
  const beganAt = new Date().toISOString()
  const name = `${beganAt.replace(/[:.]/g, '-')}-${scenario}-${profileName}`
  const directory = createRunDirectory(name)
  const contentPrefix = `load-${Date.now().toString(36)}-`
  const customers = needsCustomers(scenario) ? await prepareCustomers(args, process.env) : undefined
  const before = await scrape(target.scrape)
  console.log(
    `${scenario}, ${profileName}: ${profile.peak}/s at most, for ${profileSeconds(profile)} s, to ${target.baseUrl}`,
  )
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const exitCode = await runK6({
    script: join(import.meta.dirname, 'k6', `${scenario}.ts`),
    ledgerFile: directory.ledger,
    signal: interrupted.signal,
    environment: process.env,
    tls: target.tls,
    variables: {
      ...Object.fromEntries(Object.entries(target.urls).map(([service, url]) => [urlVariable(service), url])),
      BASE_URL: target.baseUrl,
      PROFILE: profileName,
      CONTENT_PREFIX: contentPrefix,
      SUMMARY_FILE: directory.summary,
      OPERATOR_TOKEN: target.operatorToken,
      LOAD_PEAK: args.peak?.toString(),
      LOAD_SECONDS: args.seconds?.toString(),
      CUSTOMERS: customers && JSON.stringify(customers),
    },
  })
  const run: RunFile = {
    ...args,
    system: systemOf(scenario),
    peak: profile.peak,
    seconds: profileSeconds(profile),
    beganAt,
    contentPrefix,
    before,
    after: await scrape(target.scrape),
  }
  writeFileSync(directory.run, JSON.stringify(run))
  console.log(`\nLedger and summary: ${directory.path}\nNow prove it: npm run load:verify`)
  return exitCode
}

await runCommand(loadUsage, main)
