// What the pages get, for both sides: the types of what the schemas describe. Nothing of it is left in the bundle.
import type { z } from 'zod'
import type {
  action,
  board,
  boardGroup,
  content,
  history,
  letter,
  listedSaga,
  overview,
  payload,
  putAway,
  quarantinedKey,
  redrivePreview,
  replacement,
  sagaLine,
  session,
  waitingEvent,
  wholeSaga,
} from './schemas.ts'

export type BoardGroup = z.output<typeof boardGroup>
export type BoardState = z.output<typeof board>
export type Content = z.output<typeof content>
export type DeedPreview = z.output<typeof redrivePreview>
export type HistoryState = z.output<typeof history>
export type ListedAction = z.output<typeof action>
export type ListedKey = z.output<typeof quarantinedKey>
export type ListedLetter = z.output<typeof letter>
export type ListedSaga = z.output<typeof listedSaga>
export type OverviewState = z.output<typeof overview>
export type PutAway = z.output<typeof putAway>
export type Replacement = z.output<typeof replacement>
export type SagaLine = z.output<typeof sagaLine>
export type SagaStatus = ListedSaga['status']
export type SessionState = z.output<typeof session>
export type ShownPayload = z.output<typeof payload>
export type WaitingEvent = z.output<typeof waitingEvent>
export type WholeSaga = z.output<typeof wholeSaga>

export type { AuditState, ShardAudit } from './audit/auditSchemas.ts'
export type {
  ConsumptionShown,
  FoundEvents,
  OutboxEventShown,
  Trace,
  TracedEvent,
} from './events/eventSchemas.ts'
export type {
  KafkaGroupState,
  KafkaMessage,
  KafkaMessages,
  KafkaState,
  KafkaTopicState,
  ResetPreview,
} from './kafka/kafkaSchemas.ts'
