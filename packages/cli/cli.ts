#!/usr/bin/env node
import { runCommand } from './runCommand.ts'

const ending = new AbortController()
// The first ends the command in order; without a listener, the second ends the process.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())

const output = {
  out: (text: string) => process.stdout.write(`${text}\n`),
  err: (text: string) => process.stderr.write(`${text}\n`),
}
process.exitCode = await runCommand(process.argv.slice(2), process.env, output, ending.signal)
