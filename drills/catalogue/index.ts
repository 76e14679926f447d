import type { Drill } from '../drill.ts'
import { apiKilled } from './apiKilled.ts'
import { brokerKilled } from './brokerKilled.ts'
import { brokersDown } from './brokersDown.ts'
import { brokersRolled } from './brokersRolled.ts'
import { consumerKilled } from './consumerKilled.ts'
import { consumersScaled } from './consumersScaled.ts'
import { helmUpgrade } from './helmUpgrade.ts'
import { nodeDrained } from './nodeDrained.ts'
import { operatorsKilled } from './operatorsKilled.ts'
import { primaryKilled } from './primaryKilled.ts'
import { primarySwitched } from './primarySwitched.ts'
import { relayAbsent } from './relayAbsent.ts'
import { relayKilled } from './relayKilled.ts'
import { relayScaledUp } from './relayScaledUp.ts'
import { relayStopped } from './relayStopped.ts'
import { replicaKilled } from './replicaKilled.ts'

/** Every drill, in the order in which `all` runs them. */
export const drills: readonly Drill[] = [
  relayKilled,
  relayStopped,
  relayAbsent,
  relayScaledUp,
  consumerKilled,
  consumersScaled,
  apiKilled,
  brokerKilled,
  brokersRolled,
  brokersDown,
  primaryKilled,
  primarySwitched,
  replicaKilled,
  operatorsKilled,
  helmUpgrade,
  nodeDrained,
]
