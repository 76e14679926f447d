import { usersSystem } from '../../systems/users.ts'
import { testOpenApi } from './testOpenApi.ts'

await testOpenApi(usersSystem)
