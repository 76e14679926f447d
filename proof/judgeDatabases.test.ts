import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesSystem } from '../systems/messages.ts'
import type { System } from '../systems/system.ts'
import { type Fact, findWitnesses, judge, type Testimony, type Told } from './judgeDatabases.ts'

const side = (database: string) => ({ database, facts: '' })
const system: System = {
  ...messagesSystem,
  agreements: [{ name: 'sold is paid', sides: [side('shop'), side('bank')] }],
}

function heard(
  shop: Told['facts'],
  bank: Told['facts'],
  { broken = [], since = null }: { broken?: Testimony['broken']; since?: number | null } = {},
): Record<string, Testimony> {
  return {
    shop: { broken, facts: { 'sold is paid': { facts: shop, since } } },
    bank: { broken: [], facts: { 'sold is paid': { facts: bank, since: null } } },
  }
}

test('databases that say the same agree, in whatever order', () => {
  const facts: Fact[] = [
    ['a', '1', null],
    ['b', '2', null],
  ]
  assert.deepEqual(judge(system, heard(facts, facts.toReversed())), [])
})

test('another value, and what only one of them knows, are shown with both sides', () => {
  const shop: Fact[] = [
    ['a', '1', null],
    ['b', '2', null],
  ]
  const bank: Fact[] = [
    ['a', '1', null],
    ['b', '3', null],
    ['c', '4', null],
  ]
  const examples = ['b: shop 2, bank 3', 'c: shop nothing, bank 4']
  assert.deepEqual(judge(system, heard(shop, bank)), [{ law: 'sold is paid', examples }])
})

test('what one side has forgotten is no difference, and what is younger is', () => {
  const [old, young] = [1_000, 2_000]
  const shop: Fact[] = [['b', '2', young]]
  const bank: Fact[] = [
    ['a', '1', old],
    ['b', '2', young],
  ]
  assert.deepEqual(judge(system, heard(shop, bank, { since: young })), [])
  assert.equal(judge(system, heard(shop, bank, { since: old })).length, 1)
  assert.equal(judge(system, heard(shop, [...bank, ['c', '1', young]], { since: young })).length, 1)
})

test('what adds up is compared by its sums, over the time that both sides know', () => {
  const [agreement] = system.agreements ?? []
  assert.ok(agreement)
  const counting: System = { ...system, agreements: [{ ...agreement, addsUp: true }] }
  const shop: Fact[] = [['a', '5', 2_000]]
  const bank: Fact[] = [
    ['a', '9', 1_000],
    ['a', '2', 2_000],
    ['a', '3', 3_000],
  ]
  assert.deepEqual(judge(counting, heard(shop, bank, { since: 2_000 })), [])
  const [broken] = judge(counting, heard(shop, bank))
  assert.deepEqual(broken?.examples, ['a: shop 5, bank 14'])
})

test('the laws that a database found broken are handed on', () => {
  const broken = [{ law: 'stock adds up', examples: ['product 1'] }]
  assert.deepEqual(judge(system, heard([], [], { broken })), broken)
})

test('each database is asked by a flow that reaches it, and one that none reaches is an error', () => {
  const [flow] = messagesSystem.flows
  assert.ok(flow)
  const law = { name: 'l', database: 'messages', violations: '' }
  const found = findWitnesses({ ...messagesSystem, laws: [law, law] }, [{ flow }])
  assert.deepEqual(found, [{ database: 'messages', place: { flow }, as: 'outbox' }])
  assert.throws(() => findWitnesses(system, [{ flow }]), /reaches the database shop/)
})
