import type { Drill } from '../../drill.ts'

/** Room for the time-outs of sagas, which repeat a command that was not answered after 10 s and more. */
const budget = { firstDeliveryMs: 60_000, firstEffectMs: 60_000, caughtUpMs: 120_000 }

/** A drill of what all systems share, while the shop takes orders. */
export function onShop(name: string, title: string, drill: Drill): Drill {
  return { ...drill, name, title, system: 'shop', budget }
}
