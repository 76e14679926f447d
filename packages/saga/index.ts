import { grantToApp } from './sql/grantSaga.ts'

export { type Cancelled, cancelSaga } from './cancelSaga.ts'
export type { SagaTransaction } from './changes.ts'
export { decide } from './decide/decide.ts'
export { defineSaga } from './defineSaga.ts'
export {
  type AnySaga,
  type Compensation,
  type SagaCommand,
  type SagaDefinition,
  type SagaFacts,
  type SagaReason,
  type SagaReply,
  type SagaSpec,
  type SagaStatus,
  type Step,
  sagaStatuses,
} from './definition.ts'
export { type ReplyEvent, replyAddress } from './handleReplies.ts'
export { keep, onReply, type ReplySchema } from './onReply.ts'
export { type Asked, type AskOptions, askSagas } from './operate/askSagas.ts'
export { withSaga } from './originIn.ts'
export { SagaError, type SagaErrorCode, sagaErrorCodes } from './sagaError.ts'
export { createSagas, type Logger, type Sagas, type SagasOptions } from './sagas.ts'
export { type ListedSaga, listSagas, type SagaFilter, type SagaPage } from './sql/findSagas.ts'
export { lockSaga } from './sql/lockSagas.ts'
export {
  type HistoryLine,
  type LateReply,
  readSaga,
  type WaitingEvent,
  type WholeSaga,
} from './sql/readSaga.ts'
export { readSagaStatuses } from './sql/readSagaStatuses.ts'
export { type StartOptions, startSaga } from './startSaga.ts'
export {
  type CommandResult,
  commandResults,
  type HistoryEntry,
  type LateTreatment,
  lateTreatments,
  type OperatorCommand,
  operatorCommands,
  type SagaEvent,
  type SagaState,
} from './state.ts'

/** The migrations of the schema `saga`. */
export const sagaMigrations = { name: 'saga', directory: new URL('./migrations/', import.meta.url) }

/** What a database with sagas consists of: its migrations, and the rights of each role. It needs outbox and inbox as well. */
export const sagaSchema = { migrations: sagaMigrations, grants: { app: [grantToApp], relay: [] } }
