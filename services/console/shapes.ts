// What the pages get, for both sides: nothing is imported here, since browsers know nothing of Node.js.

/** Events that were not delivered, or had no effect, for one reason. */
export interface BoardGroup {
  /** The id of a consumer or an outbox: `message-processor`, `notifications/file`, `relay-shop/orders`. */
  readonly source: string
  readonly kind: 'consumer' | 'outbox'
  readonly group: string
  readonly type: string | null
  /** Why: the reason of the dead letters, or the code of Kafka's error. */
  readonly reason: string
  readonly error: string
  readonly events: number
  /** Keys that are held back; of an outbox. */
  readonly keys?: number
  readonly first_at: string
  readonly last_at: string
}

export interface BoardState {
  readonly looked_at: string
  /** Null: there is no monitor, or it does not answer. */
  readonly overview: OverviewState | null
  readonly events: number
  readonly groups: readonly BoardGroup[]
  /** What could not be asked: nobody knows what it holds. */
  readonly silent: readonly { readonly service: string; readonly reason: string }[]
}

export interface SessionState {
  readonly operator: string | null
  readonly csrf: string | null
  readonly log_in: readonly ('account' | 'token')[]
  readonly renew_at: string | null
}

export interface ListedLetter {
  readonly id: number
  readonly event_id: string | null
  readonly type: string | null
  readonly key: string | null
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly error: string
  readonly attempts: number
  readonly dead_at: string
  readonly note: string | null
  readonly replaced_by: string | null
}

/** Dead letters that are off the list. */
export interface PutAway {
  readonly groups: readonly BoardGroup[]
  readonly silent: readonly string[]
}

/** The event that takes, or would take, the place of a dead letter. */
export interface Replacement {
  readonly event_id: string | null
  readonly type: string
  readonly key: string
  readonly waiting: number
}

/** What is shown of a payload. */
export type ShownPayload =
  | { readonly kind: 'json'; readonly text: string }
  /** Fields cannot be found in it, so none of it is shown. */
  | { readonly kind: 'opaque'; readonly bytes: number }
  | { readonly kind: 'none' }

export interface Content {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: ShownPayload
}

export interface ListedKey {
  readonly key: string
  readonly state: 'retrying' | 'quarantined'
  readonly attempts: number
  readonly error: string
  readonly since: string
  readonly retry_at: string | null
  readonly event_id: string | null
  readonly type: string | null
  readonly events: number
}

export interface WaitingEvent extends Content {
  readonly event_id: string
  readonly type: string
  readonly recorded_at: string
}

export interface DeedPreview {
  readonly events: number
  readonly keys: number
  readonly waiting: number
  readonly impossible: number
}

export interface ListedAction {
  readonly id: number
  readonly asked_at: string
  readonly asked_by: string
  readonly user_id: string | null
  readonly deed: string
  readonly target: string
  readonly meant: Readonly<Record<string, string | number>>
  readonly note: string | null
  readonly ended_at: string | null
  readonly done: number | null
  readonly problem: string | null
  readonly action_id: string
  readonly total: number | null
  readonly progress: number | null
  readonly abort_asked_by: string | null
}

/** How everything fares, as the monitor and the analytics tell it. */
export interface OverviewState {
  readonly looked_at: string
  /** Nobody has looked for too long. */
  readonly stale: boolean
  readonly services: readonly {
    readonly service: string
    readonly status: 'healthy' | 'unhealthy' | 'down' | 'unknown'
    readonly reason: string
    readonly since: string
    readonly response_ms: number | null
    readonly uptime_percent: number | null
  }[]
  readonly outboxes: readonly {
    readonly relay: string
    readonly name: string
    readonly oldest_seconds: number
    readonly events: number
    readonly lease_age_seconds: number
    readonly stalled_shards: number
    readonly quarantined_keys: number
    readonly held_topics: number
  }[]
  /** False: the figures of Kafka are those of before. */
  readonly kafka_reachable: boolean
  readonly groups: readonly {
    readonly group: string
    readonly service: string
    readonly lag: number
    readonly lag_seconds: number
  }[]
  readonly published_per_second: number
  readonly alerts: readonly {
    readonly kind: string
    readonly severity: 'critical' | 'warning'
    readonly subject: string
    readonly message: string
    readonly opened_at: string
  }[]
  /** Of the window of now; not there without analytics. */
  readonly shop?:
    | {
        readonly since: string
        readonly created: number
        readonly confirmed: number
        readonly cancelled: number
        readonly revenue: { readonly currency: string; readonly confirmed: number }
      }
    | undefined
}

/** Figures over time: a list for each, one value a step; null where nothing is known. */
export interface HistoryState {
  /** Since when figures are kept; null: none are yet. */
  readonly kept_from: string | null
  readonly step_seconds: number
  /** Seconds since 1970, of each step. */
  readonly at: readonly number[]
  readonly published_per_second: readonly (number | null)[]
  readonly backlog: readonly (number | null)[]
  readonly oldest_seconds: readonly (number | null)[]
  readonly lag: readonly (number | null)[]
  readonly lag_seconds: readonly (number | null)[]
}

export interface ListedSaga {
  readonly service: string
  readonly id: string
  readonly name: string
  readonly version: number
  readonly key: string
  readonly status: SagaStatus
  readonly reason: string | null
  readonly step: string | null
  readonly attempt: number | null
  readonly undo: boolean | null
  readonly due_at: string | null
  readonly stuck_since: string | null
  readonly error: string | null
  readonly started_at: string
  readonly updated_at: string
  readonly ended_at: string | null
}

export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'givenUp'

export interface SagaLine {
  readonly at: string
  readonly kind: string
  readonly step: string | null
  readonly attempt: number | null
  readonly undo: boolean
  readonly detail: string | null
}

export interface WholeSaga extends ListedSaga {
  readonly data: string | null
  readonly steps: Readonly<Record<string, { readonly status: string; readonly attempts: number }>>
  readonly history: readonly SagaLine[]
  readonly late_replies: readonly {
    readonly at: string
    readonly step: string | null
    readonly attempt: number | null
    readonly type: string
    readonly treatment: string
  }[]
  readonly waiting: readonly { readonly at: string; readonly kind: string; readonly error: string | null }[]
}

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
