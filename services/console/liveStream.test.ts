import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { LiveStream } from './liveStream.ts'
import type { BoardState } from './shapes.ts'

function stateOf(events: number): BoardState {
  return { looked_at: new Date(events).toISOString(), overview: null, events, groups: [], silent: [] }
}

/** A board whose states the test makes. */
function fakeBoard() {
  const listeners = new Set<(state: BoardState) => void>()
  let looks = 0
  return {
    listeners,
    current: () => new Promise<BoardState>(() => {}),
    watch: (listener: (state: BoardState) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    show: (events: number) => {
      looks++
      for (const listener of listeners)
        listener({ ...stateOf(events), looked_at: new Date(looks).toISOString() })
    },
  }
}

/** The response of a page that reads everything at once. */
class FakeResponse extends EventEmitter {
  readonly destroyed = false
  readonly writableLength = 0
  writableEnded = false
  written = ''

  write(text: string): void {
    this.written += text
  }

  end(): void {
    this.writableEnded = true
  }
}

function openPage(stream: LiveStream) {
  const response = new FakeResponse()
  stream.open(response as unknown as ServerResponse)
  const events = () =>
    [...response.written.matchAll(/^data: (.+)$/gm)].map(
      ([, json = '']) => (JSON.parse(json) as BoardState).events,
    )
  return { response, events }
}

test('a page gets the last of what comes within a second, and nothing twice', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const board = fakeBoard()
  const stream = new LiveStream({ board, registry: new Registry(), maxStreams: 1 })
  const { response, events } = openPage(stream)
  for (const n of [1, 2, 3]) board.show(n)
  assert.deepEqual(events(), [1])
  t.mock.timers.tick(1_000)
  assert.deepEqual(events(), [1, 3])
  board.show(3)
  t.mock.timers.tick(1_000)
  assert.deepEqual(events(), [1, 3])
  board.show(4)
  assert.deepEqual(events(), [1, 3, 4])
  response.emit('close')
  assert.equal(board.listeners.size, 0)
})

test('pages beyond the bound are refused, and all are ended when the service stops', () => {
  const board = fakeBoard()
  const stream = new LiveStream({ board, registry: new Registry(), maxStreams: 1 })
  stream.admit()
  const { response } = openPage(stream)
  assert.throws(() => stream.admit(), { code: 'unavailable' })
  stream.stop()
  assert.ok(response.writableEnded)
  response.emit('close')
  assert.throws(() => stream.admit(), { code: 'unavailable' })
})
