export { sagaEndpoints, sagaHandlers } from './saga/sagaApi.ts'
export { startSagas } from './saga/startSagas.ts'
