import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const each = 15

const kinds: Readonly<Record<string, string>> = {
  'sends nothing': '',
  'stops in its headers': 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
  'stops in its body':
    'POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
  'stops in a chunk': 'PUT /health HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{',
  'reads nothing': 'GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(10),
}

/** Has clients of each bad kind at a server, and others answered all the while. */
export async function assertServesBesideSlowClients(name: string, url: string): Promise<void> {
  const port = Number(new URL(url).port)
  const sockets: Socket[] = []
  try {
    for (const bytes of Object.values(kinds))
      for (let n = 0; n < each; n++) {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
        if (bytes.startsWith('GET /openapi')) socket.pause()
        sockets.push(socket)
        await once(socket, 'connect')
        socket.write(bytes)
        if (n % 5 === 0) socket.end() // it has said all, and stays
      }
    for (let n = 0; n < 10; n++) {
      const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(30_000) })
      await answer.text()
      assert.equal(answer.status, 200, `${name} beside ${sockets.length} slow clients`)
    }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}
