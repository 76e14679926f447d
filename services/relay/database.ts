import { defineDatabase } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'

/** The outbox, which its owner has migrated. */
export const database = defineDatabase({ name: 'relay', uses: [outboxSchema] })
