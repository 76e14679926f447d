import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runningProfiles } from './profilesHarness.ts'

type Listed = { readonly id: string; readonly created_at: string; readonly updated_at: string }

test('lists are filtered, sorted and paged, also while what they hold is changed', async (t) => {
  const { ask, patch, someone, users } = await runningProfiles(t)
  const made: string[] = []
  for (let n = 0; n < 7; n++) {
    const language = n % 2 ? 'en' : 'es'
    made.push((await someone({ language, notifications: { account_news: n < 3 } })).id)
  }
  const list = async (query: string) => {
    const { status, body, text } = await ask(`/profiles?${query}`)
    assert.equal(status, 200, text)
    assert.equal(body.count, body.profiles.length)
    return {
      ids: body.profiles.map(({ id }: Listed) => id) as string[],
      next: body.next_cursor as string | undefined,
    }
  }
  const pages = async (query: string, between = async () => {}) => {
    const ids: string[] = []
    for (let cursor = ''; ; ) {
      const page = await list(`${query}${cursor && `&cursor=${cursor}`}`)
      ids.push(...page.ids)
      if (page.next === undefined) return ids
      cursor = page.next
      await between()
    }
  }
  assert.deepEqual((await list('')).ids, made.toReversed())
  assert.deepEqual(await pages('limit=2&sort=created_at'), made)
  assert.deepEqual(await pages('limit=3'), made.toReversed())
  assert.deepEqual((await list('language=en&sort=created_at')).ids, [made[1], made[3], made[5]])
  assert.deepEqual((await list('account_news=true&language=es&sort=created_at')).ids, [made[0], made[2]])
  assert.deepEqual((await list('order_updates=false')).ids, [])

  await patch(made[2] ?? '', { phone: '+34600111222' }, '"1"')
  assert.deepEqual((await list('sort=-updated_at&limit=1')).ids, [made[2]])
  const { body } = await ask(`/profiles/${made[2]}`)
  assert.deepEqual((await list(`updated_from=${encodeURIComponent(body.updated_at)}`)).ids, [made[2]])
  // Those that are changed go to the end, where they come again; none of the others is left out.
  let version = 1
  const touch = async () => {
    await patch(made[0] ?? '', { phone: `+3460011122${version}` }, `"${version++}"`)
  }
  const seen = await pages('limit=2&sort=updated_at', async () => {
    if (version < 3) await touch()
  })
  assert.deepEqual(new Set(seen), new Set(made))
  const untouched = seen.filter((id) => id !== made[0])
  assert.equal(untouched.length, new Set(untouched).size, 'twice')

  const { next } = await list('limit=1&sort=updated_at')
  assert.equal((await ask(`/profiles?limit=1&sort=created_at&cursor=${next}`)).status, 400)
  users.erase(made[6] ?? '')
  assert.equal((await ask('/profiles')).body.count, 7, 'the key is kept for a minute')
})
