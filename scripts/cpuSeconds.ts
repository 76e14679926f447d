import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, the same on every Linux that Node.js runs on. */
const ticksPerSecond = 100

interface ProcessTimes {
  readonly parent: number
  readonly ticks: number
}

/**
 * The CPU seconds of a process and of all below it; those that have ended count when their parent waited for them.
 * NaN where no /proc tells.
 */
export function cpuSeconds(pid: number): number {
  const table = readTable()
  if (!table.has(pid)) return Number.NaN
  const below = (one: number): number => {
    const children = [...table].filter(([, { parent }]) => parent === one)
    return (table.get(one)?.ticks ?? 0) + children.reduce((sum, [child]) => sum + below(child), 0)
  }
  return below(pid) / ticksPerSecond
}

/** The process and all below it. */
export function processTree(pid: number): number[] {
  const table = readTable()
  const tree = [pid]
  // What is appended is visited, too.
  for (const one of tree) for (const [child, { parent }] of table) if (parent === one) tree.push(child)
  return tree
}

function readTable(): Map<number, ProcessTimes> {
  if (process.platform !== 'linux') return new Map()
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(pids.flatMap((pid) => timesOf(Number(pid))))
}

function timesOf(pid: number): [number, ProcessTimes][] {
  try {
    return [[pid, parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))]]
  } catch {
    return [] // gone meanwhile
  }
}

/** Reads /proc/<pid>/stat; the name in brackets may itself hold spaces and brackets. */
export function parseStat(stat: string): ProcessTimes {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime and cstime, the latter two of children that have ended.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { parent: Number(fields[1]), ticks }
}
