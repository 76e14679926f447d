export { Relay, type RelayOptions, type RelayStatus } from './relay.ts'
export { RelayError, type RelayErrorCode, relayErrorCodes } from './relayError.ts'
