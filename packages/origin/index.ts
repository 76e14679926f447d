export { currentOrigin, type Origin, originOf, withOrigin, withOriginHeaders } from './origin.ts'
