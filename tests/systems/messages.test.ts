import { messagesSystem } from '../../systems/messages.ts'
import { testOpenApi } from './testOpenApi.ts'

await testOpenApi(messagesSystem)
