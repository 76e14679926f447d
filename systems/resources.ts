/** Of a process that keeps little in memory. */
export const small = { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '192Mi' } } as const
