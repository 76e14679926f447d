// For tests: a trip of a flight, a hotel and perhaps a car, which no service of this repository knows.
import { defineSaga } from './defineSaga.ts'
import type { SagaCommand, SagaSpec } from './definition.ts'
import { keep, onReply } from './onReply.ts'

export interface TripInput {
  readonly traveller: string
  readonly wantsCar?: boolean
}

export interface Trip extends TripInput {
  readonly flight?: string
  readonly hotel?: string
}

const to =
  (topic: string, type: string) =>
  (data: Trip): SagaCommand => ({
    topic,
    type,
    payload: { traveller: data.traveller },
  })

/** Whatever has zod's parse. */
const booking = {
  parse(value: unknown): { readonly booking: string } {
    const { booking: number } = (value ?? {}) as { booking?: unknown }
    if (typeof number !== 'string') throw new Error('booking is no text')
    return { booking: number }
  },
}

const reason = (code: string) => () => ({ code })

export const tripSpec = {
  name: 'trip',
  version: 1,
  start: (input: TripInput): Trip => ({ ...input }),
  cancellable: 'afterwards',
  steps: {
    flight: {
      command: to('flights', 'BOOK_FLIGHT'),
      done: { FLIGHT_BOOKED: onReply(booking, (data: Trip, reply) => ({ ...data, flight: reply.booking })) },
      failed: { FLIGHT_FULL: reason('FLIGHT_FULL') },
      busy: ['FLIGHTS_BUSY'],
      timeoutMs: 60_000,
      attempts: 3,
      late: 'compensate',
      compensation: {
        command: to('flights', 'CANCEL_FLIGHT'),
        done: { FLIGHT_CANCELLED: keep },
        refused: {
          FLIGHT_KEPT: onReply(booking, (data: Trip, reply) => ({
            code: 'FLIGHT_KEPT',
            data: { ...data, flight: reply.booking },
          })),
        },
        whenRefused: 'goForward',
        busy: ['FLIGHTS_BUSY'],
        timeoutMs: 30_000,
        maxTimeoutMs: 120_000,
        stuckAfter: 3,
      },
    },
    hotel: {
      command: to('hotels', 'BOOK_HOTEL'),
      done: { HOTEL_BOOKED: onReply(booking, (data: Trip, reply) => ({ ...data, hotel: reply.booking })) },
      failed: { HOTEL_FULL: reason('HOTEL_FULL') },
      timeoutMs: 60_000,
      attempts: 2,
      late: 'compensate',
      compensation: {
        command: to('hotels', 'CANCEL_HOTEL'),
        done: { HOTEL_CANCELLED: keep },
        refused: { HOTEL_KEPT: reason('HOTEL_KEPT') },
        timeoutMs: 30_000,
      },
    },
    confirm: {
      pivot: true,
      local: async (tx, _data, { id }) => {
        await tx.query("insert into trip_log (saga_id, what) values ($1, 'confirmed')", [id])
      },
    },
    car: {
      when: ({ wantsCar }) => wantsCar === true,
      command: to('cars', 'RENT_CAR'),
      done: { CAR_RENTED: keep },
      timeoutMs: 60_000,
      attempts: 'forever',
      stuckAfter: 2,
    },
    mail: { send: to('mails', 'SEND_MAIL') },
  },
  on: {
    completed: (tx, _data, { id }) => log(tx, id, 'completed'),
    compensated: (tx, _data, { id, reason: why }) => log(tx, id, `compensated ${why?.code}`),
    cancelRefused: (tx, _data, { id, cancelRequested }) => log(tx, id, `kept ${cancelRequested?.code}`),
    givenUp: (tx, _data, { id }) => log(tx, id, 'given up'),
  },
} as const satisfies SagaSpec<TripInput, Trip>

export const tripSaga = defineSaga<TripInput, Trip>(tripSpec)

async function log(
  tx: { query(text: string, values: unknown[]): Promise<unknown> },
  id: string,
  what: string,
) {
  await tx.query('insert into trip_log (saga_id, what) values ($1, $2)', [id, what])
}
