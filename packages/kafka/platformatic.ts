// What is used of the client @platformatic/kafka, all of it named here: the image has a bundle of just this in this
// file's place.
export {
  AuthenticationError,
  Connection,
  type ConnectionOptions,
  compressionsAlgorithms,
  crc32c,
  createTopicsV7,
  deleteTopicsV6,
  describeConfigsV4,
  fetchV12,
  findCoordinatorV4,
  listOffsetsV7,
  metadataV12,
  offsetCommitV8,
  offsetFetchV8,
  produceV9,
  Reader,
  ResponseError,
  TimeoutError,
  Writer,
} from '@platformatic/kafka'
