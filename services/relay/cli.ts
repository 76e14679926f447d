#!/usr/bin/env node
import { commandLine } from './commandLine.ts'

process.exitCode = await commandLine(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
})
