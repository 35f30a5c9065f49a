/** From a host name to nodes: resolves, then dials the addresses behind it. */
import type { ConnectReason } from '../errors.ts';
import { formatAddress } from '../membership/address.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Endpoint, Ports } from '../ports.ts';
import type { DialSlots } from './dial-slots.ts';
import type { DialPurpose, DialRequest, DialResult } from './dialer.ts';

export interface ReachPorts {
  readonly resolver: Ports['resolver'];
  readonly dial: (request: DialRequest, done: (result: DialResult) => void) => () => void;
}

export interface ReachRequest {
  readonly target: Endpoint;
  readonly expectedPeer: string;
  readonly purpose: DialPurpose;
  /** The user asks for it, which also takes up again what was hung up on. */
  readonly isCall?: boolean;
  /** Where the dial waits for its turn; null when it must not wait. */
  readonly slots: DialSlots | null;
  /** Addresses known to lead back to this node. */
  readonly isOwn: (address: Endpoint) => boolean;
  /** Asked when its turn comes: whoever is to be dialled may have left meanwhile. */
  readonly isWanted?: () => boolean;
}

export interface Reached {
  /** Nodes with which a session exists, by this dial or another. */
  readonly met: readonly NodeId[];
  readonly failures: readonly ConnectReason[];
  readonly details: readonly string[];
  /** Addresses that turned out to be this node. */
  readonly own: readonly Endpoint[];
}

/** Of one name; a name server must not make this node a port scanner. */
const MAX_ADDRESSES = 64;

/** What `localhost` stands for; a node is often bound to one of the two only. */
const LOCALHOST: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/**
 * Dials every address behind the name, some at a time, and reports once all have answered. A
 * failed address never hides one that works. Returns a function that aborts.
 */
export function reach(
  ports: ReachPorts,
  request: ReachRequest,
  done: (reached: Reached) => void,
): () => void {
  const { target } = request;
  const met = new Set<NodeId>();
  const failures: ConnectReason[] = [];
  const details: string[] = [];
  const own: Endpoint[] = [];
  const unusedLoopback: string[] = [];
  const aborts = new Set<() => void>();
  let open = 0;
  let isOver = false;

  function finishOne(): void {
    open -= 1;
    if (open > 0 || isOver) return;
    isOver = true;
    // Nobody listens at the other address of `localhost`: no failure when this node has the one.
    if (!own.some(({ host }) => LOCALHOST.has(host))) {
      failures.push(...unusedLoopback.map(() => 'refused' as const));
      details.push(...unusedLoopback);
    }
    done({ met: [...met], failures, details, own });
  }

  function dialOne(address: string): void {
    const endpoint = { host: address, port: target.port };
    if (request.isOwn(endpoint)) {
      own.push(endpoint);
      finishOne();
      return;
    }
    const isWanted = request.isWanted ?? (() => true);
    let abortDial = () => {};
    let release = () => {};
    const skip = () => {
      aborts.delete(abort);
      failures.push('unreachable');
      details.push('it was not dialled any more');
      release();
      finishOne();
    };
    const go = (giveBack: () => void) => {
      release = giveBack;
      if (!isWanted()) return skip();
      abortDial = ports.dial(
        {
          endpoint,
          expectedPeer: request.expectedPeer,
          dialled: formatAddress(target),
          purpose: request.purpose,
          isCall: request.isCall,
          yielded: () => release(),
        },
        (result) => {
          aborts.delete(abort);
          note(endpoint, result);
          release();
          finishOne();
        },
      );
    };
    const abort = () => {
      abortDial();
      release();
    };
    if (!isWanted()) return skip();
    aborts.add(abort);
    if (request.slots) release = request.slots.take(go);
    else go(() => {});
  }

  function note(endpoint: Endpoint, result: DialResult): void {
    if (result.ok) {
      met.add(result.peer);
    } else if (result.failure === 'already_connected' && result.peer) {
      met.add(result.peer);
      failures.push(result.failure);
    } else if (result.failure === 'refused' && LOCALHOST.has(endpoint.host)) {
      unusedLoopback.push(result.detail);
    } else {
      if (result.failure === 'self') own.push(endpoint);
      failures.push(result.failure);
      details.push(result.detail);
    }
  }

  const cancelResolve = ports.resolver.resolve(target.host, (resolved) => {
    if (isOver) return;
    const addresses = resolved.ok ? resolved.addresses.slice(0, MAX_ADDRESSES) : [];
    open = addresses.length + 1;
    if (addresses.length === 0) {
      failures.push('unreachable');
      details.push(resolved.ok ? `${target.host} has no address` : resolved.error.message);
    }
    for (const address of addresses) dialOne(address);
    finishOne();
  });

  return () => {
    isOver = true;
    cancelResolve();
    for (const abort of aborts) abort();
  };
}
