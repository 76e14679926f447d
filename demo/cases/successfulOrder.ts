import { withStock } from '../data.ts'
import { type DemoCase, OrderSteps, seen, sentTo } from './demoCase.ts'

export const successfulOrder: DemoCase = {
  title: 'Orden exitosa',
  result: 'Orden confirmada, inventario decrementado, cliente notificado',
  begin: async (shop) => {
    const laptop = await withStock(shop, 'LAPTOP-001', 2)
    const mouse = await withStock(shop, 'MOUSE-001', 1)
    const lines = [
      { product: laptop, quantity: 2 },
      { product: mouse, quantity: 1 },
    ]
    const steps = new OrderSteps(shop, await shop.placeOrder('cliente@example.com', lines))
    const available = lines.map(({ product }) => `${product.available_quantity} × ${product.sku}`).join(', ')
    return [
      steps.placed('Cliente crea orden con 2 productos', lines),
      steps.published('Order Service publica ORDER_CREATED', 'ORDER_CREATED'),
      steps.saga('Order Service solicita reserva de inventario', 'reserve', 'sent', 'RESERVE'),
      seen('Inventory Service verifica stock disponible', `${available} disponibles`),
      steps.saga('Inventory Service reserva productos y responde RESERVED', 'reserve', 'done'),
      steps.payment('Payment Service cobra el total', 'charged'),
      steps.published('Order Service actualiza orden a CONFIRMED', 'ORDER_CONFIRMED'),
      steps.stock('Inventory Service entrega lo reservado', laptop, -2),
      ...steps.notification('Notification Service envía email de confirmación', 'sent', sentTo),
    ]
  },
}
