import {
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  httpVariables,
  int,
  kafkaVariables,
  list,
  operatorVariables,
  parsed,
  processVariables,
  serviceUrls,
} from '@relevo/kit'
import { parseTraceUrl } from './events/traceUrl.ts'

/** What the console can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(8080),
    ...databaseVariables,
    ...operatorVariables,
    ...kafkaVariables('console'),
    services: serviceUrls('OPERATED_SERVICES', {
      default: [],
      doc: 'The services to show: comma-separated name=base URL. npm start and the chart set it',
    }),
    lookIntervalMs: duration('LOOK_INTERVAL_MS', {
      default: 2_000,
      min: 100,
      max: 60_000,
      doc: 'How often the services are asked while a page is open; otherwise never',
    }),
    answerTimeoutMs: duration('ANSWER_TIMEOUT_MS', {
      default: 5_000,
      min: 100,
      max: 60_000,
      doc: 'How long a service may take to answer',
    }),
    maskedFields: list('MASKED_FIELDS', {
      default:
        'customer_name,email,to,phone,address,card,iban,password,secret,token,authorization,cookie'.split(
          ',',
        ),
      doc: 'Masked fields of payloads and headers: email also matches customer_email and customerEmail',
    }),
    traceUrl: parsed(
      'TRACE_URL',
      {
        optional: true,
        doc: 'The page of a trace in a tracing back end, such as https://jaeger.example/trace/{traceId}; not set: no links',
      },
      { kind: 'URL with {traceId} in it', parse: parseTraceUrl },
    ),
    sessionHours: int('SESSION_HOURS', {
      default: 8,
      min: 1,
      max: 168,
      doc: 'How long a login lasts',
    }),
    historyHours: int('HISTORY_HOURS', {
      default: 24,
      min: 1,
      max: 720,
      doc: 'How long figures are kept for the charts, one sample every 10 s',
    }),
    maxStreams: int('MAX_STREAMS', {
      default: 100,
      min: 1,
      max: 900,
      doc: 'Maximum number of pages with live updates',
    }),
  },
  checkKafka,
)

export type ConsoleConfig = ConfigOf<typeof config>
