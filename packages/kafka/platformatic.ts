// What is used of the client @platformatic/kafka, all of it named here: the image has a bundle of just this in this
// file's place.
export {
  AuthenticationError,
  Connection,
  type ConnectionOptions,
  compressionsAlgorithms,
  crc32c,
  fetchV12,
  type KafkaRecord,
  listOffsetsV8,
  metadataV12,
  produceV9,
  Reader,
  ResponseError,
  TimeoutError,
  Writer,
} from '@platformatic/kafka'
