import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * The command line of a running process, or undefined when there is none: a zombie has no command line, so it
 * counts as gone, which `kill(pid, 0)` would not tell.
 */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return outputOf('ps', ['-p', String(pid), '-o', 'args='])
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined
  } catch {
    return undefined
  }
}

/** The direct children of a process. */
export function childrenOf(pid: number): number[] {
  return processTable()
    .filter((entry) => entry.parent === pid)
    .map((entry) => entry.pid)
}

/** Sends a signal; a process that is gone, or is not ours, is not an error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone already
  }
}

interface ProcessEntry {
  pid: number
  parent: number
}

function processTable(): ProcessEntry[] {
  if (process.platform !== 'linux') return parseTable(outputOf('ps', ['-A', '-o', 'pid=,ppid=']) ?? '')
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? entryOf(Number(name)) : []))
}

function entryOf(pid: number): ProcessEntry[] {
  try {
    // pid (name) state ppid …: the name may hold spaces and brackets, so what counts starts after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return [{ pid, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }]
  } catch {
    return []
  }
}

function parseTable(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number)
    return pid && parent !== undefined ? [{ pid, parent }] : []
  })
}

function outputOf(command: string, args: string[]): string | undefined {
  try {
    return (
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    )
  } catch {
    return undefined
  }
}
