export { createProgram, runCommand } from './runCommand.ts'
export { noteRunningStart, type RunningStart, runningStart } from './runningStart.ts'
