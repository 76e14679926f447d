import { readFileSync } from 'node:fs'
import { cpuSeconds } from '../scripts/cpuSeconds.ts'

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

/** Resident memory of a process, of shared pages its part, in bytes; 0 when it is gone. Linux only. */
export function proportionalBytes(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return Number(kilobytes) * 1024
  } catch {
    return 0
  }
}

/** The most memory that a process had resident at once so far, in bytes. Linux only. */
export function peakResidentBytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}
