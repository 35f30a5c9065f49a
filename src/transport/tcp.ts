import type { Network } from '../ports.ts';
import { tcpDial } from './tcp-dial.ts';
import { tcpListen } from './tcp-listen.ts';

/** Links over plain TCP. Nothing that a remote does throws or goes unhandled. */
export function tcpNetwork(): Network {
  return {
    dial: (to, done) => tcpDial(to, done),
    listen: (at, handlers) => tcpListen(at, handlers),
  };
}
