export { type Alarm, createAlarm } from './alarm.ts'
export { type BackoffBounds, backoffMs } from './backoffMs.ts'
