export { type Decimal, divideHalfEven, formatUnits, parseDecimal, toUnits } from './exact/decimal.ts'
export { type ExactNumber, exactNumber, isExactNumber, parseExactJson } from './exact/exactJson.ts'
export { exactBody, exactInteger, exactUnits } from './exact/exactSchemas.ts'
