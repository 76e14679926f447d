// node --import=…/noteCpu.js?file=FILE: at its end the process writes there how many seconds of CPU it and those below
// it took. Its own exit handler is the first, so servers that are killed at the end still count.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { cpuSeconds } from './cpuSeconds.ts'

const file = new URL(import.meta.url).searchParams.get('file')
if (isMainThread) process.once('exit', () => writeFileSync(fileURLToPath(file), `${cpuSeconds(process.pid)}`))
