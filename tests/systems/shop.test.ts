import { shopSystem } from '../../systems/shop.ts'
import { testOpenApi } from './testOpenApi.ts'

await testOpenApi(shopSystem)
