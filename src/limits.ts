/** Every bound and default, with its unit in its name and its reason beside it. */

/** What a cluster starts with when the configuration does not say otherwise. */
export const CLUSTER_DEFAULTS = {
  HOST: '0.0.0.0',
  PORT: 4369,
  HEARTBEAT_INTERVAL_MS: 5_000,
  HEARTBEAT_MISS_THRESHOLD: 3,
  RECONNECT_BASE_DELAY_MS: 1_000,
  RECONNECT_MAX_DELAY_MS: 30_000,
  PROTOCOL_VERSION: 1,
  CLUSTER_NAME: 'default',
  JOIN_TIMEOUT_MS: 3_000,
  LEAVE_TIMEOUT_MS: 2_000,
} as const;

/** Limits of the node; each can be changed by the `limits` option. */
export const LIMITS = {
  /** From the first byte to a confirmed session; ten times a slow intercontinental round trip. */
  handshakeTimeoutMs: 3_000,
  /** From accept to a complete first message: what a slow-loris socket may hold. */
  helloTimeoutMs: 1_000,
  /** Until TCP answers; Linux alone would wait about two minutes. */
  connectTimeoutMs: 5_000,
  /** Handshakes under way, from everywhere: bounds memory before anybody has proven anything. */
  maxPendingHandshakes: 128,
  /** The same from one address; loopback clusters share one, hence not fewer. */
  maxPendingPerAddress: 64,
  /** Accepted links per second after a burst; a flood beyond it is reset at once. */
  acceptsPerSecond: 200,
  /** Links accepted at once after a quiet time; a quarter is for addresses known for members. */
  acceptBurst: 400,
  /**
   * Failed handshakes of one address: with so many behind or before it, it must wait until some
   * are forgiven. Enough for a few misconfigured nodes behind one address.
   */
  maxFailuresPerAddress: 16,
  /** So a flood from one address gets 4 handshakes per second, not the 200 of everybody. */
  failuresForgivenPerSecond: 4,
  /** When places are short, a handshake that takes longer gives way; a slow round trip is 300 ms. */
  yieldAfterMs: 500,
  /** After closing: until the other side must have closed too, else the link is reset. */
  closeTimeoutMs: 1_000,
  /** Own repeated dials, and dials for calls, without a TCP answer: no port scanner. */
  maxDials: 8,
  /** Control messages waiting for a peer that does not read; beyond it the link is reset. */
  maxControlQueueBytes: 262_144,
  /** Data waiting for one peer: what is more is refused with `OverloadedError`. */
  maxDataQueueBytes: 16_777_216,
  /**
   * One message of a user on the wire; has to be the same on all nodes, and at least
   * `FIXED.minMessageBytes`.
   */
  maxMessageBytes: 1_048_576,
  /**
   * Asks that wait for answers of one peer, and asks of one peer that wait for answers here; at most
   * `FIXED.maxPendingAsks`.
   */
  maxPendingAsks: 10_000,
  /** Actors on this node. */
  maxActors: 1_000_000,
  /**
   * Monitors and links that this node holds for itself, and for each other node that asked for links;
   * and those that each other node holds of actors here.
   */
  maxMonitors: 100_000,
  /** Messages that wait for one server, and promises of one function that are under way. */
  maxMailbox: 10_000,
  /** Names and memberships in groups of this node's actors; has to be the same on all nodes. */
  maxNames: 10_000,
  /** The same of all other nodes together, as known here: some 550 bytes each. */
  maxNamesInAll: 200_000,
  /** Subscriptions of one node to states of actors here: each change costs one message for each. */
  maxObservers: 10_000,
  /** Nodes in the view, tombstones included; a whole view must fit into the control queue. */
  maxNodes: 2_048,
  /** A view of more is told in `hello` to who is new only; others are told if digests differ. */
  maxHelloEntries: 8,
  /** Peers to which a node tells its whole view, because digests differ, per half an interval. */
  maxOffers: 8,
  /** Entries in one gossip message. */
  maxGossipEntries: 256,
  /** Calls of connect, ping and roundTrip that wait at once. */
  maxPendingCalls: 1_024,
  /** A node that left is forgotten after this: long enough for stale gossip to die out. */
  leftRetentionMs: 600_000,
  /** A node that is down is forgotten, and no longer dialled, after this (serf, Pekko: 24 h). */
  downRetentionMs: 86_400_000,
  /** A node known by hearsay that was not met for so long is taken for down. */
  hearsayRetentionMs: 600_000,
  /** Between whole views sent to one random peer, in case deltas were lost. */
  fullSyncIntervalMs: 60_000,
  /** Wait before dialling a node known only by hearsay, since it is probably dialling us. */
  hearsayDialDelayMs: 500,
  /** Sessions proven by another secret than the first are renewed, else closed, within this. */
  secretGraceMs: 600_000,
  /** Age at which a session's keys are replaced. */
  rekeyIntervalMs: 3_600_000,
  /** Until a newcomer's advertised address is tried from outside. */
  dialBackDelayMs: 1_000,
  /** Reports of one kind about one address, per this time. */
  reportIntervalMs: 10_000,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };

/** Fixed by the wire format or by the rules; not configurable. */
export const FIXED = {
  /** Two such frames from each side are all that passes before the proof. */
  maxPreAuthFrameBytes: 1_024,
  /** One signed record, header and tag excluded. */
  maxRecordBytes: 65_536,
  maxHandshakeExtBytes: 256,
  maxSecrets: 4,
  maxSecretLength: 255,
  /** Shorter secrets can be guessed by an active impostor; a warning, no error. */
  weakSecretBytes: 16,
  maxClusterNameBytes: 64,
  maxNodeNameLength: 64,
  maxNodeIdBytes: 330,
  /** Of actors and groups, as UTF-8: they are told to every node. */
  maxActorNameBytes: 255,
  /** Depth and number of values in one record (a million empty maps cost 109 ms to decode). */
  maxDecodeDepth: 64,
  maxDecodeNodes: 65_536,
  /** Values in one message of a user; the batch around it needs a few of its own. */
  maxPayloadValues: 65_000,
  /** The lowest `maxMessageBytes`: what nodes tell each other has to fit, such as texts of errors. */
  minMessageBytes: 4_096,
  /** The highest `maxPendingAsks`: the number of an ask has so many slots. */
  maxPendingAsks: 65_536,
  /** Beyond those: kept free for asks of nodes themselves, as to end an actor that answers nobody. */
  maxServiceAsks: 1_000,
  /** Data written ahead of what the network has taken: what a heartbeat may have to wait for. */
  maxDataAheadBytes: 262_144,
  /** Of `maxDataQueueBytes`: a node for which more waits is busy, while there is still room. */
  busyShare: 1 / 2,
  /** Until no more waits than this: far below, so that the signal does not flicker. */
  calmShare: 1 / 8,
  recordsPerKey: 2 ** 32,
  /**
   * After TCP has answered a dial makes room for the next within this: one that hangs must not stop
   * the others. A handshake that lags by more is slow, and fewer are begun at once after it.
   */
  dialTurnMs: 500,
  /** The same while handshakes are slow. */
  maxDialTurnMs: 1_000,
  /** What handshakes took is forgotten after this: a machine is judged by what it did of late. */
  paceMemoryMs: 10_000,
  /** Rounds of `dialBackDelayMs` for which the check of an address waits for quicker handshakes. */
  maxDialBackDelays: 30,
  /** Parked handshakes wait this long for the one that goes first. */
  maxParkMs: 1_000,
  /** An older session must answer within this, or T/2, to keep its name. */
  maxChallengeMs: 1_000,
} as const;

/** Defaults and limits of keyed requests. */
export const SHARDING = {
  /** Headers of one envelope. */
  maxHeaders: 64,
  /** Their names and values together, as UTF-8. */
  maxHeaderBytes: 8_192,
  /** The type of a message, as UTF-8. */
  maxTypeBytes: 255,
  /** One request, and one answer: what every carrier can take. */
  maxPayloadBytes: 4_194_304,
  /** Shards in a table of owners: each node in it costs 8 bytes for each of them. */
  maxShards: 65_536,
  /** Handlers of one transport that work at once, each until it has really ended. */
  maxConcurrentHandlers: 100,
  /** Requests that wait for one of those handlers; what is more is refused at once. */
  maxWaitingRequests: 10_000,
  /** Requests of one transport that wait for an answer. */
  maxPendingRequests: 10_000,
  /** Messages that a memory transport has been given within one turn; twice what may be pending. */
  maxQueuedFrames: 20_000,
  /** What a handler may take before its caller is told that it takes too long. */
  handlerTimeoutMs: 30_000,
  /** What a requester waits who does not say how long. */
  requestTimeoutMs: 5_000,
  /** Until handlers that work while their transport or node closes are told to end. */
  closeTimeoutMs: 5_000,
  /** Handlers of keys kept for the next request; the least recently used goes first. */
  maxCachedKeys: 1_024,
  /** Shards of keys that a client remembers: a hash takes some 5 us. */
  maxKnownKeys: 10_000,
  /** A longer key is hashed each time, so that what is remembered stays small. */
  maxKnownKeyLength: 256,
  /** An actor that got no message for so long ends; its key's next message starts another. */
  actorIdleMs: 120_000,
} as const;
