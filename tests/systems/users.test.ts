import { usersSystem } from '../../systems/users.ts'
import { testSystem } from './testSystem.ts'

await testSystem(usersSystem)
