export {
  type Decimal,
  divideHalfEven,
  formatUnits,
  parseDecimal,
  parseUnits,
  toUnits,
} from './exact/decimal.ts'
export { type ExactNumber, exactNumber, isExactNumber, parseExactJson } from './exact/exactJson.ts'
export { exactBody, exactInteger, exactUnits } from './exact/exactSchemas.ts'
