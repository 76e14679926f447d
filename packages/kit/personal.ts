export { newKey, openText, PersonalDataError, type SealedPlace, sealText } from './personal/seal.ts'
