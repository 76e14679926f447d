// The mail server of a drill, in a pod with the services' image: main.ts PORT DIRECTORY
// Reads its mode from DIRECTORY/mode, and notes each mail as a line of DIRECTORY/mails.ndjson.
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MailSink, type SinkMode, sinkModes } from './mailSink.ts'

const lookEveryMs = 50
const [port, directory = '/tmp'] = process.argv.slice(2)
const sink = new MailSink((mail) =>
  appendFileSync(join(directory, 'mails.ndjson'), `${JSON.stringify(mail)}\n`),
)

function readMode(): SinkMode {
  const text = readFileSync(join(directory, 'mode'), { encoding: 'utf8', flag: 'a+' }).trim()
  return sinkModes.find((mode) => mode === text) ?? 'up'
}

for (let mode: SinkMode = 'down'; ; await delay(lookEveryMs)) {
  const wanted = readMode()
  if (wanted !== mode) await sink.setMode(wanted, Number(port))
  mode = wanted
}
