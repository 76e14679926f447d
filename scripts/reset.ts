// npm run reset: removes what npm start keeps (databases, topics, logs). It refuses while that runs.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { claimDirectory, removeDockerKafka } from '@relevo/embedded'
import { dataDirectory, dockerName, runningStart } from './dataDirectory.ts'

const directory = await dataDirectory()
const running = runningStart(directory)
if (running !== undefined) {
  console.error(
    `Relevo runs as process ${running}. Stop it with Ctrl-C there, or: kill ${running}\nNothing was removed.`,
  )
  process.exit(1)
}
// Servers whose owner was killed may still be ending.
for (const server of ['postgres', 'kafka']) await claimDirectory(join(directory, server))
await removeDockerKafka(dockerName(directory))
rmSync(directory, { recursive: true, force: true })
console.log(`Removed ${directory}. The next npm start begins with empty databases and topics.`)
