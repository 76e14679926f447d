import { commissionsSystem } from '../../systems/commissions.ts'
import { testSystem } from './testSystem.ts'

await testSystem(commissionsSystem)
