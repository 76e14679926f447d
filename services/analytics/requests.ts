import { pageQuery } from '@relevo/kit'
import { z } from 'zod'

function time(name: string, description: string) {
  return z.iso
    .datetime({ offset: true, error: `"${name}" must be a time, as 2026-01-15T10:30:00Z is` })
    .meta({ description, examples: ['2026-01-15T10:30:00Z'] })
}

const from = time('from', 'Windows that begin then or later').optional()
const to = time('to', 'Windows that begin before').optional()

export const windowsQuery = pageQuery('en').extend({ from, to })
export const rangeQuery = z.strictObject({ from, to })
export const startParams = z.object({ start: time('start', 'When the window begins') })
export const stockQuery = pageQuery('en')
