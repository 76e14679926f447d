export const rebaseOutbox = {
  name: 'relevo_rebase',
  text: 'select pending::text, published::text from outbox.rebase()',
}
