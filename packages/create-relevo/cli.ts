#!/usr/bin/env node
import { runCommand } from '@relevo/cli'

const output = {
  out: (text: string) => process.stdout.write(`${text}\n`),
  err: (text: string) => process.stderr.write(`${text}\n`),
}
process.exitCode = await runCommand(['init', ...process.argv.slice(2)], process.env, output)
