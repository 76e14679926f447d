import type { Endpoint } from '@relevo/kit'
import { audit } from './auditSchemas.ts'

/** What the page of the audit asks. */
export const auditEndpoints = {
  showAudit: {
    method: 'get',
    path: '/console/audit',
    summary:
      'Of every outbox, by shard: are the recorded events those that were acknowledged or quarantined?',
    access: 'public',
    responses: { 200: { description: 'The counts, of the last ten seconds', schema: audit } },
  },
} as const satisfies Record<string, Endpoint>
