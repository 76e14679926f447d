import { shopSystem } from '../../systems/shop.ts'
import { testSystem } from './testSystem.ts'

await testSystem(shopSystem)
