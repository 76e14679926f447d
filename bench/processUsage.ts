import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** CPU time in seconds that a process and its children, living and gone, have used. Linux only. */
export function cpuSeconds(pid: number): number {
  const table = readProcessTable()
  let ticks = 0
  const open = [pid]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const entry = table.get(next)
    if (entry === undefined) continue
    ticks += entry.ticks
    for (const [child, { parent }] of table) if (parent === next) open.push(child)
  }
  return ticks / ticksPerSecond
}

/**
 * CPU time in seconds that each process uses from now until the returned function is called.
 * @param pids by the names of the values.
 */
export function cpuSpent(pids: Readonly<Record<string, number>>): () => Record<string, number> {
  const used = () => Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)] as const)
  const before = new Map(used())
  return () => Object.fromEntries(used().map(([name, cpu]) => [name, cpu - (before.get(name) ?? 0)]))
}

/**
 * Share of one core, in percent, that each process takes from when the returned function is called until its answer is.
 * @param pids by the names of the values.
 */
export function cpuShares(pids: Readonly<Record<string, number>>): () => () => Record<string, number> {
  return () => {
    const [startedAt, spent] = [performance.now(), cpuSpent(pids)]
    return () => {
      const seconds = (performance.now() - startedAt) / 1_000
      return Object.fromEntries(Object.entries(spent()).map(([name, cpu]) => [name, (cpu * 100) / seconds]))
    }
  }
}

/** The most memory that a process had resident at once so far, in bytes. Linux only. */
export function peakResidentBytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

interface ProcessEntry {
  parent: number
  /** Its own time and that of the children it has waited for, user and system. */
  ticks: number
}

function readProcessTable(): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>()
  for (const name of readdirSync('/proc')) {
    const entry = /^\d+$/.test(name) ? readEntry(name) : undefined
    if (entry) table.set(Number(name), entry)
  }
  return table
}

function readEntry(name: string): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))
  } catch {
    return undefined // gone since the folder was read
  }
}

/** Reads /proc/<pid>/stat; the name in brackets may itself hold spaces and brackets. */
export function parseStat(stat: string): ProcessEntry {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { parent: Number(fields[1]), ticks }
}
