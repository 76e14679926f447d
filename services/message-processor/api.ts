import { defineApi, spanishErrors } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'

const total = z.int().min(0).meta({ description: 'Mensajes guardados; se cuentan 100.000 como máximo' })

/** The endpoints of the message processor. */
export const api = defineApi({
  title: 'Relevo message processor',
  version: '1.0.0',
  errors: spanishErrors,
  endpoints: consumerEndpoints('es', { total }),
})
