export { type BackoffBounds, backoffMs } from './backoffMs.ts'
