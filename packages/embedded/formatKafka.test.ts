import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatKafka } from './formatKafka.ts'
import { findJava } from './java.ts'
import { kafkaSettings, renderProperties } from './kafkaConfig.ts'
import { findKafkaJars } from './kafkaJars.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'

const directory = temporaryDirectory()
after(() => rmSync(directory, { recursive: true, force: true }))

test("Kafka's tool formats the first cluster; later ones are copies of it with identities of their own", async () => {
  const libraries = join(directory, 'kafka/libs')
  mkdirSync(join(directory, 'kafka'))
  symlinkSync(await findKafkaJars(() => undefined), libraries)
  const { program } = await findJava()
  const format = async (name: string, java: string, clusterId?: string) => {
    const place = join(directory, name)
    mkdirSync(place, { recursive: true })
    const properties = kafkaSettings({ port: 1, controllerPort: 2, dataDirectory: 'data' })
    writeFileSync(join(place, 'server.properties'), renderProperties(properties))
    const javaArguments = ['-cp', join(libraries, '*')]
    await formatKafka({ directory: place, java, javaArguments, javaVariables: {}, libraries, clusterId })
    const read = (file: string) => readFileSync(join(place, 'data', file), 'utf8')
    const ids = /^(?:cluster|directory)\.id=.+$/gm
    return { ids: read('meta.properties').match(ids)?.sort() ?? [], checkpoint: read('bootstrap.checkpoint') }
  }
  const first = await format('first', program)
  const second = await format('second', 'no-java')
  assert.equal(second.checkpoint, first.checkpoint)
  assert.deepEqual([first.ids.length, second.ids.length], [2, 2])
  assert.equal(new Set([...first.ids, ...second.ids]).size, 4)
  assert.deepEqual(await format('second', 'no-java'), second, 'what is formatted is left alone')
  await assert.rejects(format('third', 'no-java', 'of-another-node'), { code: 'start_failed' })
})
