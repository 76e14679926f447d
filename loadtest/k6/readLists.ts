import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { environment, requestHeaders } from './environment.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')

const lists = [
  { path: '/eventos?limit=20', name: 'GET /eventos', field: 'eventos' },
  { path: '/messages?limit=20', name: 'GET /messages', field: 'messages' },
  { path: '/stats', name: 'GET /stats', field: 'eventos' },
]

/** Reads one of the lists, each in its turn. */
export function readLists(turn: number): void {
  const list = lists[turn % lists.length]
  if (!list) return
  const response = http.get(`${environment.baseUrl}${list.path}`, {
    headers: requestHeaders,
    timeout: '15s',
    tags: { name: list.name },
  })
  if (response.status === 0 || response.status >= 500) return
  wrongAnswers.add(response.status === 200 && Array.isArray(response.json(list.field)) ? 0 : 1)
}
