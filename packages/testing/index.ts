export { afterTest } from './afterTest.ts'
export { appPool } from './appPool.ts'
export { type Chromium, findChromium, openBrowser, takePicture } from './browser.ts'
export { createTestDatabase, type TestDatabase } from './createTestDatabase.ts'
export { eventually } from './eventually.ts'
export { everyRow } from './everyRow.ts'
export { forAllTests } from './forAllTests.ts'
export { type Answer, type AnswerBody, type HttpClient, httpClient } from './httpClient.ts'
export { recordingLogger } from './recordingLogger.ts'
export { setScramPassword } from './scramUser.ts'
export { serveJson } from './serveJson.ts'
export { setTopicConfig } from './setTopicConfig.ts'
export { silent } from './silent.ts'
export { singleService } from './singleService.ts'
export { type ServiceInProcess, startInProcess } from './startInProcess.ts'
export { type LogLine, startProcess, type TestProcess } from './startProcess.ts'
export { type TcpProxy, tcpProxy } from './tcpProxy.ts'
export {
  type TestAuthority,
  type TestCertificate,
  testAuthority,
  writeCertificate,
} from './testCertificates.ts'
export { type MigratedDatabase, testDatabase } from './testDatabase.ts'
export { type TestServers, testPostgresSettings, testServers } from './testServers.ts'
export { type TestTopic, testTopic } from './testTopic.ts'
export { type TwoBrokers, twoBrokers } from './twoBrokers.ts'
