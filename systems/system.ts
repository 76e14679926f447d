import type { EventContract, EventDraft, TopicContract } from '@relevo/contracts'
import type { ApiRequest, Arrival, Provision } from './request.ts'

/** The one description of a system: everything that names its parts is generated from it or reads it. */
export interface System {
  readonly name: string
  readonly databases: readonly Database[]
  readonly services: readonly Service[]
  readonly relays: readonly Relay[]
  /** Dead-letter topics come with theirs. */
  readonly topics: readonly TopicContract[]
  readonly events: readonly EventContract[]
  /** Events that it consumes from services that are not part of it; its databases make their topics. */
  readonly incoming?: readonly EventContract[]
  readonly flows: readonly Flow[]
  readonly entry: Entry
  /** What holds beside the promises that every flow has. */
  readonly laws?: readonly Law[]
  /** What its databases say alike at rest. */
  readonly agreements?: readonly Agreement[]
  /** What is under way and in no flow: it is not at rest before. */
  readonly underWay?: readonly UnderWay[]
  /** Commands to try it with; `{name}` stands for the base URL of a service. */
  readonly tryIt: readonly string[]
}

/** A database of its own for each bounded context. */
export interface Database {
  readonly name: string
  /** Folder under `services/` whose `database.ts` makes its schema and its topics. */
  readonly folder: string
  /** Dead-letter topics that its outbox has events for, beside those of its consumers' inboxes. */
  readonly deadLetters?: readonly TopicContract[]
}

/** A process: a folder under `services/` with a `main.ts`. */
export interface Service {
  readonly name: string
  /** Default: its name. */
  readonly folder?: string
  readonly port: number
  /** A port that `npm start` gives it instead, where it may listen there and no offset is asked for. */
  readonly preferredPort?: number
  /** Name of the database it uses. */
  readonly database?: string
  readonly variables?: Readonly<Record<string, string>>
  /** Variables that name a file, by its path in the data directory of `npm start`. */
  readonly files?: Readonly<Record<string, string>>
  /** Consumer groups it may use, where they are not just those of its flows; a `*` at the end stands for any ending. */
  readonly groups?: readonly string[]
  /** Services that it asks over HTTP, at `<NAME>_URL`. */
  readonly calls?: readonly string[]
  /** It sends e-mails by SMTP_URL: `npm start` runs a mail server for it, unless that is set. */
  readonly sendsMail?: boolean
  /**
   * It watches every other process and every flow that is there, which it learns from MONITORED_SERVICES and MONITORED_KAFKA,
   * and consumes the canaries of every relay.
   */
  readonly monitors?: true
  /** Operators act on every other process by it, which it learns from OPERATED_SERVICES. */
  readonly operates?: true
  /** Path whose answers it caches in the Valkey of REDIS_URL: `npm start` runs one for it, unless that is set. */
  readonly caches?: string
  /** Path that says how it fares, for `npm run k8s:status`. */
  readonly status?: string
  /** Where the gateway has it: `/orders` is /api/orders, and the rest of the path is the service's; `/` is for pages. */
  readonly route?: string
  /** It forwards requests to every service with a route; GATEWAY_SERVICES lists the installed ones. */
  readonly gateway?: true
  readonly chart?: ChartValues
}

/** A process that publishes one outbox or several. */
export interface Relay {
  /** Also the name of its workload: `relay-…`. */
  readonly name: string
  readonly port: number
  /** Names of the databases whose outboxes it publishes. */
  readonly outboxes: readonly string[]
  readonly source: 'table' | 'wal'
  readonly chart?: ChartValues
}

/** What a workload has on Kubernetes where the chart's defaults do not fit. */
export interface ChartValues {
  readonly replicas?: number
  readonly env?: Readonly<Record<string, string>>
  readonly resources?: {
    readonly requests: { readonly cpu: string; readonly memory: string }
    readonly limits: { readonly memory: string }
  }
  /** A volume for each pod. */
  readonly volume?: { readonly path: string; readonly size: string }
}

/** One consumer group on one topic, and where the effects of its events are. */
export interface Flow {
  readonly topic: TopicContract
  readonly group: string
  /** Name of the service. */
  readonly consumer: string
  readonly effects: Effects
}

/** Statements for the consumer's database. */
export interface Effects {
  /** How many events of the flow have had their effect, as `effects`. */
  readonly count: string
  /** Events that took effect since $1 (milliseconds since 1970), and when: `event_id`, `effect_at`. */
  readonly times: string
  /** Each effect, as `event`, in the order in which the effects of a key were taken; or a file of events that has them. */
  readonly list: string | EffectsFile
}

/** A file with an event a line, as JSON with its `id`. */
export interface EffectsFile {
  /** The variable of the consumer that names the file, and where it is by default. */
  readonly variable: string
  readonly path: string
}

/** What always holds in a database at rest. */
export interface Law {
  readonly name: string
  /** Name of the database. */
  readonly database: string
  /** Finds what breaks it: a row each, whose `broken` says what. */
  readonly violations: string
}

/** What two databases have to say alike once the system is at rest. */
export interface Agreement {
  readonly name: string
  readonly sides: readonly [Account, Account]
  /** The values are numbers, and those of a key are added up. */
  readonly addsUp?: true
}

/** What one database says: each `key` as text, with its `value`. */
export interface Account {
  /** Name of the database. */
  readonly database: string
  /** Where one side keeps them for a time only, with the time `at` of each, which both sides know alike. */
  readonly facts: string
  /** The time, as `since`, from which on it still has all; default: from the beginning. */
  readonly since?: string
}

/** Counts what a service has yet to do by itself, as `count`. */
export interface UnderWay {
  /** Name of the database. */
  readonly database: string
  readonly count: string
}

/** How something gets into the system, and how it is found again. */
export interface Entry {
  /** Name of the service that takes the requests. */
  readonly service: string
  readonly topic: TopicContract
  /** An SQL expression on the outbox's rows: the content, which is unique for each request of a run. */
  readonly content: string
  /** What has to be there before. */
  readonly provisions?: readonly Provision[]
  /** Sent one after the other; each records one event. */
  readonly requests: readonly ApiRequest[]
  /** An event with a content, for transactions that do not come by the API. */
  readonly draft: (content: string) => EventDraft
  /** What answers well once all of it has arrived. */
  readonly arrivals: readonly Arrival[]
}
