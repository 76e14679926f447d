import { errorOfClient } from './connections.ts'
import { type Connection, produceV9, type Reader, ResponseError, Writer } from './platformatic.ts'

/** A record batch and the partition it goes to. */
export interface PartitionBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
}

/** What the broker answered for one partition; `errorCode` 0 is an acknowledgement. */
export interface PartitionAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  /** Places in the batch of the records that caused the refusal, when the broker tells. */
  readonly faultyRecords: readonly number[]
}

type Response = ReturnType<typeof produceV9.parseResponse>

const acksAll = -1
const produceKey = 0
const version = 9 // Kafka 2.8 to 4.x

/**
 * Sends one Produce request with acks=all and resolves to the answers by `topic:partition`. Errors: KafkaError
 * `unreachable` or `timeout`, after which the outcome is unknown.
 */
export async function produce(
  connection: Connection,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Promise<Map<string, PartitionAnswer>> {
  const response = await new Promise<Response>((resolve, reject) => {
    const done = (error: Error | null, answer: Response | undefined) => {
      if (error) reject(errorOfClient(error, 'The broker did not answer to records sent'))
      else resolve(answer as Response)
    }
    connection.send(produceKey, version, () => encode(batches, timeoutMs), parse, true, true, done)
  })
  return answersOf(response)
}

function encode(batches: readonly PartitionBatch[], timeoutMs: number): Writer {
  const topics = [...Map.groupBy(batches, (batch) => batch.topic)]
  return Writer.create()
    .appendString(null) // no transaction
    .appendInt16(acksAll)
    .appendInt32(timeoutMs)
    .appendArray(topics, (w, [topic, partitions]) => {
      w.appendString(topic).appendArray(partitions, (v, { partition, bytes }) => {
        v.appendInt32(partition)
          .appendUnsignedVarInt(bytes.length + 1)
          .append(bytes)
      })
    })
    .appendTaggedFields()
}

function parse(correlationId: number, apiKey: number, apiVersion: number, reader: Reader): Response {
  try {
    return produceV9.parseResponse(correlationId, apiKey, apiVersion, reader)
  } catch (error) {
    // The client throws when any partition was refused; the acknowledged ones are in the error's response.
    if (error instanceof ResponseError) return error.response as Response
    throw error
  }
}

function answersOf(response: Response): Map<string, PartitionAnswer> {
  const answers = new Map<string, PartitionAnswer>()
  for (const { name, partitionResponses } of response.responses) {
    for (const { index, errorCode, errorMessage, recordErrors } of partitionResponses) {
      const faultyRecords = recordErrors.map((record) => record.batchIndex)
      answers.set(`${name}:${index}`, { errorCode, errorMessage: errorMessage ?? null, faultyRecords })
    }
  }
  return answers
}
