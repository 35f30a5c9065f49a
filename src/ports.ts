/**
 * What is passed in: time, randomness, keys, names, the network, and who is told.
 *
 * Nothing below the facade reads a global clock or opens a socket by itself, so a whole cluster
 * runs on a virtual clock and a memory network with one seed. Everything here is synchronous or
 * calls back; promises exist only in the facade.
 */

/** Opaque to everyone but the clock that made it. */
export type Timer = unknown;

export interface Clock {
  /** Monotonic milliseconds, with a fraction; says nothing about the date. */
  now(): number;
  /** Milliseconds since 1970, as the machine believes; may jump. */
  wallNow(): number;
  setTimeout(fire: () => void, delayMs: number): Timer;
  clearTimeout(timer: Timer): void;
  /** Runs after the present callback and before any I/O: where the writes of a turn are joined. */
  endOfTurn(run: () => void): void;
  /** Runs once every socket that was readable has been read: the moment to judge silence. */
  afterPoll(run: () => void): void;
}

export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  float(): number;
}

export interface KeyPair {
  /** X25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The shared secret of 32 bytes, or null when the other key is not a usable one. */
  agree(otherPublicKey: Uint8Array): Uint8Array | null;
}

export interface Keys {
  /** A fresh ephemeral key pair. */
  pair(): KeyPair;
  /** The stretched secret (scrypt), 32 bytes; remembered, because it costs 30 ms. */
  stretch(secret: Uint8Array, clusterName: string): Uint8Array;
}

export type Resolved =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly error: Error };

export interface Resolver {
  /** All IPv4 and IPv6 addresses of a host, later and once; the returned function cancels. */
  resolve(host: string, done: (result: Resolved) => void): () => void;
}

export interface Endpoint {
  /** An IP address without brackets, or a host name where the use allows one. */
  readonly host: string;
  readonly port: number;
}

/**
 * Why a link never became a trusted one: a certificate was not accepted, here or there; one end
 * is encrypted and the other is not; or the two do not understand each other.
 */
export type LinkFault = 'certificate' | 'plaintext' | 'protocol';

export interface LinkError extends Error {
  readonly fault?: LinkFault | undefined;
}

export interface LinkHandlers {
  data(chunk: Uint8Array): void;
  /** `write` may go on after it had returned false. */
  drain(): void;
  /** Exactly once and last, whoever ended the link. */
  closed(error: LinkError | null): void;
}

/** Who the other end says it is. */
export interface NodeClaim {
  readonly clusterName: string;
  readonly nodeName: string;
  /** Without brackets. */
  readonly host: string;
}

/** An ordered, bounded, closable stream of bytes to somebody. */
export interface Link {
  readonly remote: Endpoint;
  /** Of a link that is not closed. */
  readonly local: Endpoint;
  /**
   * Bytes both ends of an encrypted channel share (TLS exporter), from the first data on; null on
   * a plain one, and on one whose other end is not trusted.
   */
  readonly channelBinding: Uint8Array | null;
  /**
   * Why the other end's certificate does not vouch for such a node; null when it does, and on a
   * link without certificates. To be asked before anything is believed.
   */
  claimProblem(claim: () => NodeClaim): string | null;
  /**
   * The other end has proven itself, and the link stays: small writes leave at once, and the system
   * looks after it. Strangers are many in a flood, and not worth the calls.
   */
  keep(): void;
  /** Called once, by the owner; nothing is delivered before, and no handler runs inside the call. */
  open(handlers: LinkHandlers): void;
  /** False when the owner should wait for `drain`. The bytes must not be changed afterwards. */
  write(bytes: Uint8Array): boolean;
  /** Bytes written but not yet taken by the network. */
  readonly queuedBytes: number;
  /** Bytes taken by the network so far: the sign of progress. */
  readonly flushedBytes: number;
  /** Sends what is queued, then closes. Later writes are dropped. */
  end(): void;
  /** Closes at once; what is queued is lost and the other end sees a reset. */
  destroy(): void;
}

export type DialFailure = 'refused' | 'unreachable';

export type Dialled =
  | { readonly ok: true; readonly link: Link }
  | { readonly ok: false; readonly failure: DialFailure; readonly error: Error };

export interface Listener {
  /** Stops accepting; links that exist stay. Calls back once the port is free. */
  close(done: () => void): void;
}

export interface ListenHandlers {
  listening(bound: Endpoint): void;
  link(link: Link): void;
  /** Instead of `listening`, or later when the listener breaks. `code` is the system's. */
  failed(error: Error & { readonly code?: string | undefined }): void;
}

export interface Network {
  /** Connects to an IP address; calls back once, later. No time limit: the caller has the clock. */
  dial(to: Endpoint, done: (result: Dialled) => void): () => void;
  listen(at: Endpoint, handlers: ListenHandlers): Listener;
}

/** As much of pino as is used. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type CounterName =
  | 'processes'
  | 'actors.restarts'
  | 'links.refused'
  | 'handshakes.failed'
  | 'records.in'
  | 'records.out'
  | 'bytes.in'
  | 'bytes.out'
  | 'messages.unknown'
  | 'gossip.dropped'
  | 'timers.late'
  | 'letters.dead'
  | 'letters.lost'
  | 'replies.late'
  | 'replies.dropped'
  | 'names.ignored';

export interface Counters {
  /** `processes` is the number of running actors: `NodeInfo.processCount`. */
  add(name: CounterName, by?: number): void;
  get(name: CounterName): number;
}

export type FaultPoint = 'dial' | 'accept' | 'flush';

/** Named places where a simulation may make something go wrong. */
export interface Faults {
  strikes(point: FaultPoint): boolean;
}

/** Everything a node is given besides its configuration. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: Keys;
  readonly resolver: Resolver;
  readonly network: Network;
  readonly counters: Counters;
  readonly faults: Faults;
}
