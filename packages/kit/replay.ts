export { type ReplaySource, replayEndpoints, replayHandlers } from './replay/replayApi.ts'
