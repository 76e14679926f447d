export { ContractError, type ContractErrorCode, contractErrorCodes } from './contractError.ts'
export { type Catalogue, createAsyncApi, payloadSchema } from './createAsyncApi.ts'
export { type DraftOptions, draftEvent, type EventDraft } from './draftEvent.ts'
export { defineEvent, type EventContract, type PartitionBy } from './eventContract.ts'
export {
  type Compression,
  type ConsumedTopic,
  defineTopic,
  type TopicContract,
  type TopicDefinition,
  topicDefinition,
} from './topicContract.ts'
