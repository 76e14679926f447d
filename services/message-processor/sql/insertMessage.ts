/**
 * Stores message $1 of event number $2 with id $3. The inbox lets an event through once; should it have forgotten
 * one that comes again, the id keeps it from being stored twice.
 */
export const insertMessage = {
  name: 'insert_message',
  text: 'insert into messages (content, evento_id, event_id) values ($1, $2, $3) on conflict (event_id) do nothing',
}
