import { messagesSystem } from '../../systems/messages.ts'
import { testSystem } from './testSystem.ts'

await testSystem(messagesSystem)
