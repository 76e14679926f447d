export { type Alarm, createAlarm } from './alarm.ts'
export { type BackoffBounds, backoffMs } from './backoffMs.ts'
export { createWaiters, type Waiters, type Waiting } from './waiters.ts'
export { createWorkLoop, sleepMs, type WorkLoop, type WorkLoopOptions } from './workLoop.ts'
