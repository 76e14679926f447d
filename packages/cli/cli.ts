#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { runCommand } from './runCommand.ts'

const ending = new AbortController()
// The first ends the command in order; without a listener, the second ends the process.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(question, { signal: ending.signal })
  } finally {
    terminal.close()
  }
}

const output = {
  out: (text: string) => process.stdout.write(`${text}\n`),
  err: (text: string) => process.stderr.write(`${text}\n`),
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
}
process.exitCode = await runCommand(process.argv.slice(2), process.env, output, ending.signal)
