// npm start: all of it on this machine.
import { startAll } from './local.ts'

const port = Number(process.env.PORT || 3000)
console.log('Starting Postgres, Kafka, the relay and the service …')
const { url, databaseUrl, stop, ended } = await startAll({ directory: '.relevo', port, print: console.log })

console.log(`
The service answers at ${url}. Try it:

  curl -s ${url}/orders -H 'content-type: application/json' -d '{"customer":"Ada","cents":1250}'
  curl -s ${url}/invoices                            # what the consumer has made of it
  DATABASE_URL=${databaseUrl} npx relevo status

Ctrl-C stops it. The data stay in .relevo.`)

const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(undefined))
})
const trouble = await Promise.race([interrupted, ended])
if (typeof trouble === 'string') {
  console.error(trouble)
  process.exitCode = 1
}
await stop()
