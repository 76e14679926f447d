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
import { primaryKilledWal } from './primaryKilledWal.ts'
import { primarySwitched } from './primarySwitched.ts'
import { primarySwitchedWal } from './primarySwitchedWal.ts'
import { relayAbsent } from './relayAbsent.ts'
import { relayKilled } from './relayKilled.ts'
import { relayScaledUp } from './relayScaledUp.ts'
import { relayStopped } from './relayStopped.ts'
import { replicaAbsentWal } from './replicaAbsentWal.ts'
import { replicaKilled } from './replicaKilled.ts'
import { analyticsKilled } from './shop/analyticsKilled.ts'
import { analyticsRebuilt } from './shop/analyticsRebuilt.ts'
import { inventoryAbsent } from './shop/inventoryAbsent.ts'
import { inventoryKilled } from './shop/inventoryKilled.ts'
import { mailServerDown } from './shop/mailServerDown.ts'
import { monitorKilled } from './shop/monitorKilled.ts'
import { notificationsKilled } from './shop/notificationsKilled.ts'
import { ordersKilled } from './shop/ordersKilled.ts'
import { paymentsAbsent } from './shop/paymentsAbsent.ts'
import { paymentsKilled } from './shop/paymentsKilled.ts'
import { sagaVersionChanged } from './shop/sagaVersionChanged.ts'
import { shopBrokerKilled } from './shop/shopBrokerKilled.ts'
import { shopBrokersDown } from './shop/shopBrokersDown.ts'
import { shopPrimaryKilled } from './shop/shopPrimaryKilled.ts'
import { shopPrimarySwitched } from './shop/shopPrimarySwitched.ts'
import { shopRelayKilled } from './shop/shopRelayKilled.ts'
import { slotDropped } from './slotDropped.ts'
import { slotLost } from './slotLost.ts'
import { subscriberAbsent } from './subscriberAbsent.ts'
import { certificatesRotated } from './users/certificatesRotated.ts'
import { gatewayKilled } from './users/gatewayKilled.ts'
import { gatewayRestarted } from './users/gatewayRestarted.ts'
import { signingKeyRotated } from './users/signingKeyRotated.ts'
import { userDisabled } from './users/userDisabled.ts'
import { usersPrimaryKilled } from './users/usersPrimaryKilled.ts'
import { usersPrimarySwitched } from './users/usersPrimarySwitched.ts'
import { valkeyKilled } from './valkeyKilled.ts'
import { walsenderKilled } from './walsenderKilled.ts'

/** Every drill, in the order in which `all` runs them. */
export const drills: readonly Drill[] = [
  relayKilled,
  relayStopped,
  relayAbsent,
  relayScaledUp,
  consumerKilled,
  consumersScaled,
  apiKilled,
  valkeyKilled,
  brokerKilled,
  brokersRolled,
  brokersDown,
  primaryKilled,
  primarySwitched,
  replicaKilled,
  slotDropped,
  walsenderKilled,
  slotLost,
  primaryKilledWal,
  primarySwitchedWal,
  replicaAbsentWal,
  subscriberAbsent,
  operatorsKilled,
  helmUpgrade,
  nodeDrained,
  ordersKilled,
  inventoryKilled,
  paymentsKilled,
  paymentsAbsent,
  inventoryAbsent,
  notificationsKilled,
  mailServerDown,
  analyticsKilled,
  analyticsRebuilt,
  shopRelayKilled,
  shopBrokerKilled,
  shopBrokersDown,
  shopPrimaryKilled,
  shopPrimarySwitched,
  sagaVersionChanged,
  monitorKilled,
  gatewayKilled,
  gatewayRestarted,
  signingKeyRotated,
  userDisabled,
  certificatesRotated,
  usersPrimaryKilled,
  usersPrimarySwitched,
]
