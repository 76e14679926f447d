export { type Alarm, createAlarm } from './alarm.ts'
export { type BackoffBounds, backoffMs } from './backoffMs.ts'
export { createWorkLoop, sleepMs, type WorkLoop, type WorkLoopOptions } from './workLoop.ts'
