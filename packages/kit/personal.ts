export { askUsers, type UsersService } from './personal/askUsers.ts'
export { decrypt, encrypt } from './personal/encrypt.ts'
export { newKey, openText, PersonalDataError, type SealedPlace, sealText } from './personal/seal.ts'
export { UserKeys, type UserKeysOptions } from './personal/userKeys.ts'
