// `relevo replay`: users' events once more, to one consumer group and to one topic.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { runCommand } from '@relevo/cli'
import { createAdmin } from '@relevo/kafka'
import { afterTest, eventually, startInProcess, testDatabase, testServers } from '@relevo/testing'
import { database as profilesDatabase } from '../services/profiles/database.ts'
import { service as profilesService } from '../services/profiles/main.ts'
import { startRelay } from '../services/relay/relayHarness.ts'
import { usersHarness } from '../services/users/usersHarness.ts'
import { usersTopics } from '../systems/users/topics.ts'

async function world(t: TestContext) {
  const { brokers } = await testServers()
  const admin = createAdmin({ brokers, clientId: 'test' })
  afterTest(t, () => admin.close())
  const empty = `test-${randomUUID()}`
  const names = usersTopics.flatMap((topic) => [topic.name, topic.deadLetters.name])
  await admin.ensureTopics([...names, empty, `${empty}.dlt`].map((topic) => ({ topic, partitions: 3 })))
  const users = await usersHarness(t, { KAFKA_BROKERS: brokers.join(',') })
  await startRelay(t, { DATABASE_URL: users.dbUrl, EVENT_SOURCE: `/relevo/users-${randomUUID()}` })
  const startProfiles = async (groupId: string, topics?: string) => {
    const { url, pool } = await testDatabase(t, profilesDatabase.migrations)
    const profiles = await startInProcess(t, profilesService, {
      DATABASE_URL: url,
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_GROUP_ID: groupId,
      ...(topics && { KAFKA_TOPIC: topics }),
      USERS_URL: users.url,
      OPERATOR_TOKEN: 'operators',
    })
    await profiles.until('/ready', () => true, 60_000)
    const idsOf = async () =>
      (await pool.query<{ id: string }>('select id from profile order by id')).rows.map(({ id }) => id)
    return { ...profiles, pool, idsOf }
  }
  const relevo = async (...words: string[]) => {
    const lines: string[] = []
    const add = (text: string) => lines.push(text)
    const env = { USERS_URL: users.url, OPERATOR_TOKEN: 'operators' }
    return { code: await runCommand(words, env, { out: add, err: add }), text: lines.join('\n') }
  }
  return { users, empty, startProfiles, relevo }
}

test('a replay builds the state of a new consumer; one that had the events drops them, and another group does not get them', async (t) => {
  const { users, empty, startProfiles, relevo } = await world(t)
  const [group, otherGroup] = [`group-${randomUUID()}`, `group-${randomUUID()}`]
  const ids = [(await users.someone('ana@x.com')).id, (await users.someone('bea@x.com')).id]
  const erased = await users.someone('eva@x.com')
  await users.ask(`/users/${erased.id}`, users.withToken(erased.access, 'DELETE'))
  const has = (found: readonly string[]) => ids.every((id) => found.includes(id))
  const one = await startProfiles(group)
  const other = await startProfiles(otherGroup)
  for (const { idsOf } of [one, other])
    await eventually(async () => has(await idsOf()), 'the profiles', 60_000)
  const rest = await startProfiles(`group-${randomUUID()}`, empty)
  assert.deepEqual(await rest.idsOf(), [], 'nothing has come by the empty topic')

  const spoken = await relevo('replay', '--of', 'users', '--group', group, '--type', 'USER_CREATED')
  assert.equal(spoken.code, 0, spoken.text)
  assert.match(
    spoken.text,
    /^4 events of 4 streams, recorded from .*\nNothing was published\. Do it with --yes\.$/,
  )
  assert.match((await relevo('replay', '--of', 'users')).text, /^For whom\?/)
  const nowhere = await relevo('replay', '--of', 'users', '--topic', `none-${randomUUID()}`, '--yes')
  assert.deepEqual([nowhere.code, /Make the topic none-/.test(nowhere.text)], [1, true], nowhere.text)

  const stats = async ({ ask }: typeof one) => (await ask('/stats')).body
  const versionOf = async (id: string) => (await one.ask(`/profiles/${id}`)).body.version
  const versions = await Promise.all(ids.map(versionOf))
  const [before, otherBefore] = [await stats(one), await stats(other)]
  const toGroup = await relevo('replay', '--of', 'users', '--group', group, '--type', 'USER_CREATED', '--yes')
  assert.equal(toGroup.code, 0, toGroup.text)
  assert.match(toGroup.text, /4 of 4 events read, 4 published again\./)
  await eventually(
    async () => (await stats(one)).duplicates >= before.duplicates + 4,
    'they are dropped',
    60_000,
  )
  await eventually(
    async () => (await stats(other)).ignored >= otherBefore.ignored + 4,
    'they are not for it',
    60_000,
  )
  assert.equal((await stats(other)).duplicates, otherBefore.duplicates)
  assert.deepEqual(await Promise.all(ids.map(versionOf)), versions, 'nothing has taken effect twice')

  const toTopic = await relevo('replay', '--of', 'users', '--topic', empty, '--yes')
  assert.equal(toTopic.code, 0, toTopic.text)
  await eventually(async () => has(await rest.idsOf()), 'the state of the new consumer', 60_000)
  const nameOf = async ({ ask }: typeof one, id: string) => (await ask(`/profiles/${id}`)).body.name
  for (const id of ids) assert.equal(await nameOf(rest, id), await nameOf(one, id))
  assert.equal((await rest.ask(`/profiles/${erased.id}`)).status, 404, 'the erased user stays erased')
  assert.equal((await stats(rest)).dead_letters, 0)
})

test('who is no operator gets no replay', async (t) => {
  const users = await usersHarness(t)
  const { access } = await users.someone('ana@x.com')
  for (const method of ['GET', 'POST'])
    assert.equal((await users.ask('/replays?group=g', users.withToken(access, method))).status, 403, method)
  const { status, body } = await users.ask('/replays', users.withToken('operators', 'POST'))
  assert.deepEqual([status, /"group"/.test(body.detail)], [400, true])
})
