export { type ProbeResult, readProbe, type StatementClient } from './readProbe.ts'
export {
  type PageBounds,
  type ReadArrays,
  readWindowPage,
  type Statement,
  type WindowPage,
  type WindowStatements,
  type WindowTable,
  windowStatements,
} from './readWindow.ts'
export {
  endedBetween,
  fullXid,
  isVisible,
  nameEnded,
  nameRunning,
  parseSnapshot,
  type Snapshot,
} from './snapshot.ts'
export {
  type Cursor,
  isDue,
  openWindow,
  type Position,
  type Probe,
  positionOf,
  type Window,
} from './window.ts'
