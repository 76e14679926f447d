import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesSystem } from '../systems/messages.ts'
import type { System } from '../systems/system.ts'
import { type Fact, findWitnesses, judge, type Testimony } from './judgeDatabases.ts'

const side = (database: string) => ({ database, facts: '' })
const system: System = {
  ...messagesSystem,
  agreements: [{ name: 'sold is paid', sides: [side('shop'), side('bank')] }],
}

function heard(shop: Fact[], bank: Fact[], broken: Testimony['broken'] = []): Record<string, Testimony> {
  return {
    shop: { broken, facts: { 'sold is paid': shop } },
    bank: { broken: [], facts: { 'sold is paid': bank } },
  }
}

test('databases that say the same agree, in whatever order', () => {
  const facts: Fact[] = [
    ['a', '1'],
    ['b', '2'],
  ]
  assert.deepEqual(judge(system, heard(facts, facts.toReversed())), [])
})

test('another value, and what only one of them knows, are shown with both sides', () => {
  const shop: Fact[] = [
    ['a', '1'],
    ['b', '2'],
  ]
  const bank: Fact[] = [
    ['a', '1'],
    ['b', '3'],
    ['c', '4'],
  ]
  const examples = ['b: shop 2, bank 3', 'c: shop nothing, bank 4']
  assert.deepEqual(judge(system, heard(shop, bank)), [{ law: 'sold is paid', examples }])
})

test('the laws that a database found broken are handed on', () => {
  const broken = [{ law: 'stock adds up', examples: ['product 1'] }]
  assert.deepEqual(judge(system, heard([], [], broken)), broken)
})

test('each database is asked by a flow that reaches it, and one that none reaches is an error', () => {
  const [flow] = messagesSystem.flows
  assert.ok(flow)
  const law = { name: 'l', database: 'messages', violations: '' }
  const found = findWitnesses({ ...messagesSystem, laws: [law, law] }, [{ flow }])
  assert.deepEqual(found, [{ database: 'messages', place: { flow }, as: 'outbox' }])
  assert.throws(() => findWitnesses(system, [{ flow }]), /reaches the database shop/)
})
