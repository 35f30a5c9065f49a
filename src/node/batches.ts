import type { ControlMessage } from '../wire/messages.ts';

/** Small messages in one record: far below its limit, whatever they are. */
const MAX_SMALL = 256;

/** Messages cut into records, in order: lists of nodes travel alone, the rest together. */
export function batches(messages: readonly ControlMessage[]): readonly ControlMessage[][] {
  const records: ControlMessage[][] = [];
  let open: ControlMessage[] | null = null;
  for (const message of messages) {
    if (message.type === 'hello' || message.type === 'view') {
      records.push([message]);
      open = null;
    } else if (open && open.length < MAX_SMALL) {
      open.push(message);
    } else {
      open = [message];
      records.push(open);
    }
  }
  return records;
}
