import { spawn } from 'node:child_process'

// Waits at a pipe whose other end only the owner holds; the pipe closes when the owner ends, in whatever way.
const script = `trap '' INT TERM HUP
read -r _ && exit 0
kill -CONT "$1"; kill -s "$2" "$1"
i=0; while kill -0 "$1" && [ $i -lt 15 ]; do sleep 1; i=$((i + 1)); done
kill -KILL "$1"`

/**
 * Has process `pid` end when this process does, even by SIGKILL: it gets `signal`, and SIGKILL 15 s later. Call the
 * function that is returned when `pid` has ended, before its number is given to another process.
 */
export function endWithThisProcess(pid: number, signal: 'SIGINT' | 'SIGTERM'): () => void {
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(pid), signal.slice(3)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  watchdog.on('error', () => undefined)
  watchdog.stdin?.on('error', () => undefined)
  watchdog.unref()
  return () => watchdog.kill('SIGKILL')
}
