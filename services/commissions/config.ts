import {
  bytes,
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  type Environment,
  httpVariables,
  processVariables,
  string,
} from '@relevo/kit'
import { parsePercentage } from './domain/percentage.ts'

/** What the commissions API can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5001),
    ...databaseVariables,
    percentage: string('COMMISSION_PERCENTAGE', {
      default: '12.5',
      doc: "The affiliate's share of new conversions: above 0, at most 100, with at most four decimals",
    }),
    maxBodyBytes: bytes('MAX_BODY_BYTES', { default: 16_384, min: 1_024, doc: 'Largest request body' }),
  },
  checkKafka,
  checkPercentage,
)

export type CommissionsConfig = ConfigOf<typeof config>

function checkPercentage({ COMMISSION_PERCENTAGE: text }: Environment): string[] {
  if (!text || parsePercentage(text)) return []
  return [`COMMISSION_PERCENTAGE must be above 0 and at most 100, with at most four decimals, not "${text}"`]
}
