/**
 * For a process that keeps little in memory. An idle pod uses 110 to 140 MiB. A node short of memory first evicts pods that use more
 * than they request.
 */
export const small = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '192Mi' } } as const
