import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './dataDirectory.ts'
import { nodeFlags } from './nodeFlags.ts'

test('a service is started with the flags of its start script', () => {
  assert.deepEqual(nodeFlags(join(root, 'services/messages')), [])
  const flags = nodeFlags(join(root, 'services/relay'))
  assert.ok(flags.length > 0 && flags.every((flag) => flag.startsWith('--')))
})
