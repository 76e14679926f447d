export { createTopics } from './database/createTopics.ts'
