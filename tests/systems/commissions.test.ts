import { commissionsSystem } from '../../systems/commissions.ts'
import { testOpenApi } from './testOpenApi.ts'

await testOpenApi(commissionsSystem)
