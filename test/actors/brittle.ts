/** A machine that ends in each of the ways in which an actor can end by itself. */
import { setup } from 'xstate';

type BrittleEvent =
  | { readonly type: 'finish' }
  | { readonly type: 'break'; readonly error?: unknown };

export const brittle = setup({
  types: { events: {} as BrittleEvent },
  actions: {
    fail: ({ event }) => {
      throw event.type === 'break' && event.error ? event.error : new RangeError('broken');
    },
  },
}).createMachine({
  initial: 'whole',
  states: {
    whole: { on: { finish: 'done', break: { actions: 'fail' } } },
    done: { type: 'final' },
  },
});
