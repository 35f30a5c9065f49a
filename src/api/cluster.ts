/** The facade: promises and observables around one node. It decides nothing by itself. */
import type { Observable } from 'rxjs';
import { distinctUntilChanged } from 'rxjs/internal/operators/distinctUntilChanged';
import { map } from 'rxjs/internal/operators/map';
import {
  ClusterAlreadyStartedError,
  ClusterNotStartedError,
  ClusterStartError,
} from '../errors.ts';
import type { ClusterEvent } from '../inspect/events.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ClusterStatus, NodeDownReason, NodeInfo } from '../membership/node-info.ts';
import type { Core } from '../node/core.ts';
import { createLifecycle, type Lifecycle } from '../node/lifecycle.ts';
import { ClusterNode } from '../node/node.ts';
import type { PeerActor } from '../node/peers.ts';
import type { SecretUse } from '../node/secrets.ts';
import type { Logger } from '../ports.ts';
import { Alarms } from './alarms.ts';
import { Announcer, type NodeDown } from './announcer.ts';
import { type CallOptions, Calls, type ClusterHealth } from './calls.ts';
import { ClusterActors } from './cluster-actors.ts';
import type { ClusterPorts } from './cluster-ports.ts';
import { type ClusterConfig, parseConfig, parseSecrets, type Secret } from './config.ts';
import { Encryption } from './encryption.ts';
import { InspectorBridge } from './inspector.ts';
import { logEvent } from './log.ts';
import { connectedNodes, localInfo, otherNode, otherNodes } from './picture.ts';
import { Settlement } from './settlement.ts';
import { topState } from './status.ts';
import { stream } from './streams.ts';
import { parseCertificates, type TlsOptions } from './tls-config.ts';
import { type ConfigWarning, warningsFor, weakSecrets } from './warnings.ts';

/** One node of a cluster. Observables live as long as this object, through stop and start. */
export class LocalCluster {
  /** The present status, then every change. */
  readonly status$: Observable<ClusterStatus>;
  /** All known nodes, then the list again whenever a node or its NodeInfo changes. */
  readonly nodes$: Observable<readonly NodeInfo[]>;
  /** The connected nodes, then the list again whenever one comes or goes. */
  readonly connectedNodes$: Observable<readonly NodeInfo[]>;
  readonly nodeUp$: Observable<NodeInfo>;
  readonly nodeDown$: Observable<NodeDown>;
  /** Everything worth logging, as it happens. */
  readonly events$: Observable<ClusterEvent>;
  /** The lifecycle chart's actor; its children are the charts of peers and seeds. */
  readonly actor: Lifecycle;
  /** Actors on this node and on others. */
  readonly actors: ClusterActors;

  readonly #ports: ClusterPorts;
  readonly #announcer: Announcer;
  readonly #bridge: InspectorBridge;
  readonly #calls: Calls;
  readonly #alarms: Alarms;
  #node: ClusterNode | null = null;
  #encryption: Encryption | null = null;
  #logger: Logger | undefined;
  #status: ClusterStatus = 'stopped';
  #incarnation = 0;
  readonly #starting = new Settlement();
  #isRefreshPlanned = false;
  readonly #waitingForStop: (() => void)[] = [];

  constructor(ports: ClusterPorts) {
    this.#ports = ports;
    const observerFailed = (observer: string, error: unknown) => {
      this.#event({ type: 'observer.failed', observer, error });
      ports.warn(`${observer} callback threw: ${String(error)}`, 'CHARTMESH_OBSERVER_FAILED');
    };
    this.actors = new ClusterActors(ports.actors, (error) => observerFailed('monitor', error));
    const read = (list: (core: Core) => readonly NodeInfo[]) => () =>
      this.#node?.core ? list(this.#node.core) : [];
    const picture = { nodes: read(otherNodes), connected: read(connectedNodes) };
    this.#announcer = new Announcer(picture, observerFailed);
    this.status$ = this.#announcer.status$.asObservable();
    this.nodes$ = this.#announcer.nodes.values$;
    this.connectedNodes$ = this.#announcer.connectedNodes.values$;
    this.nodeUp$ = this.#announcer.nodeUp$.asObservable();
    this.nodeDown$ = this.#announcer.nodeDown$.asObservable();
    this.events$ = this.#announcer.events$.asObservable();
    const prefix = `${Buffer.from(ports.random.bytes(4)).toString('hex')}/`;
    this.#bridge = new InspectorBridge(prefix, (error) => observerFailed('inspect', error));
    this.#alarms = new Alarms(ports.warn);
    this.#calls = new Calls(ports.clock, {
      core: () => this.#runningCore(),
      whenReleased: (run) => this.#announcer.whenReleased(run),
    });
    this.actor = createLifecycle(ports.clock, () => this.#effects(), this.#bridge.observe);
    this.actor.subscribe({
      next: (snapshot) => this.#moved(topState(snapshot.value)),
      error: (error) => this.#broke(error),
      complete: () => this.#broke(new Error('somebody stopped its actor')),
    });
    this.actor.start();
  }

  // ---- lifecycle ---------------------------------------------------------------------------

  /**
   * Binds the port, gives every seed one try, and resolves when the node is `running`.
   * Unreachable seeds are no error; they are tried for ever.
   *
   * @throws InvalidClusterConfigError, ClusterAlreadyStartedError, ClusterStartError
   */
  async start(config: ClusterConfig): Promise<void> {
    // A second start may come from a callback, before the chart has moved for the first.
    if (this.#status !== 'stopped' || this.#node) throw new ClusterAlreadyStartedError();
    const broken = this.#brokenError();
    if (broken) throw broken;
    const resolved = parseConfig(config, { allowPortZero: this.#ports.allowPortZero });
    this.#encryption = new Encryption(this.#ports, resolved.tls);
    this.#logger = resolved.logger;
    this.#bridge.attach(resolved.inspect);
    this.#announcer.hold();
    this.#node = new ClusterNode({
      config: resolved,
      ports: { ...this.#ports, network: this.#encryption.network },
      lifecycle: this.actor,
      advertise: this.#ports.advertise,
      minIncarnation: this.#incarnation + 1,
      createDataPlane: (core) => this.#ports.actors.begin(core, stream),
      owner: {
        up: (info) => this.#announcer.up(info),
        down: (id, reason) => this.#announcer.down(id, reason),
        changed: () => this.#planRefresh(),
        event: (event) => this.#event(event),
      },
    });
    this.#alarms.reset();
    this.#warnOf(warningsFor(resolved));
    const started = this.#starting.begin();
    this.actor.send({ type: 'start', options: this.#node.startOptions() });
    return started;
  }

  /** Says goodbye, closes everything, and resolves when `stopped`; never rejects. */
  async stop(): Promise<void> {
    // A start from a callback may be under way before the chart has moved for it.
    if (this.#status === 'stopped' && !this.#node) return;
    const stopped = new Promise<void>((resolve) => this.#waitingForStop.push(resolve));
    this.actor.send({ type: 'stop' });
    return stopped;
  }

  getStatus(): ClusterStatus {
    return this.#status;
  }

  // ---- queries: all throw ClusterNotStartedError unless `running` ----------------------------

  getLocalNodeId(): NodeId {
    return this.#runningCore().self.id;
  }

  getLocalNodeInfo(): NodeInfo {
    return localInfo(this.#runningCore());
  }

  /** Milliseconds since the port was bound. */
  getUptimeMs(): number {
    return this.#runningCore().uptimeMs;
  }

  /** All known nodes but this one, whatever their status; those that left are not listed. */
  getNodes(): readonly NodeInfo[] {
    return otherNodes(this.#runningCore());
  }

  getConnectedNodes(): readonly NodeInfo[] {
    return connectedNodes(this.#runningCore());
  }

  /**
   * Another node, by id or by the name and address through which the present session was
   * dialled. About this one ask `getLocalNodeInfo`.
   */
  getNode(nodeId: string): NodeInfo | undefined {
    return otherNode(this.#runningCore(), nodeId);
  }

  getNodeIds(): readonly NodeId[] {
    return this.getNodes().map(({ id }) => id);
  }

  isNodeConnected(nodeId: string): boolean {
    const core = this.#runningCore();
    const id = core.find(nodeId);
    return id !== undefined && core.isConnected(id);
  }

  getConnectedNodeCount(): number {
    return this.getConnectedNodes().length;
  }

  // ---- callbacks: before `start`, after `stop`, at any time; each returns its unsubscribe -----

  onNodeUp(handler: (node: NodeInfo) => unknown): () => void {
    return this.#announcer.onUp.add(handler);
  }

  onNodeDown(handler: (nodeId: NodeId, reason: NodeDownReason) => unknown): () => void {
    return this.#announcer.onDown.add(handler);
  }

  onStatusChange(handler: (status: ClusterStatus) => unknown): () => void {
    return this.#announcer.onStatus.add(handler);
  }

  /** One node's info, present and future; undefined while it is not known. */
  node$(nodeId: string): Observable<NodeInfo | undefined> {
    return this.nodes$.pipe(
      map((nodes) => {
        const core = this.#node?.core;
        return core && nodes.length > 0 ? otherNode(core, nodeId) : undefined;
      }),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
    );
  }

  // ---- one node at a time --------------------------------------------------------------------

  /**
   * Connects to a node by id or `host:port` and resolves to its id, after its nodeUp, unless
   * flap damping holds that back.
   * Default time limit 5,000 ms.
   *
   * @throws ConnectError, ClusterNotStartedError, InvalidNodeIdError, or the signal's reason
   */
  connect(target: string, options?: CallOptions): Promise<NodeId> {
    return this.#calls.connect(target, options);
  }

  /**
   * Ends the session with a node until either side connects again; resolves to whether there
   * was one. Both sides report nodeDown `connection_closed`.
   */
  disconnect(target: string): Promise<boolean> {
    return this.#calls.disconnect(target);
  }

  /** Whether a node answers. Never throws, and leaves no connection behind. */
  ping(target: string, options?: CallOptions): Promise<boolean> {
    return this.#calls.ping(target, options);
  }

  /**
   * Milliseconds to a node and back: a ping when it is connected, else a whole handshake.
   *
   * @throws ConnectError, ClusterNotStartedError, InvalidNodeIdError, or the signal's reason
   */
  roundTrip(target: string, options?: CallOptions): Promise<number> {
    return this.#calls.roundTrip(target, options);
  }

  /** Pings every connected node at once; default time limit 5,000 ms for all. Never throws. */
  health(options?: CallOptions): Promise<ClusterHealth> {
    return this.#calls.health(options);
  }

  /**
   * Replaces the accepted secrets of the running node; the first one signs. Sessions proven by
   * another are renewed within `limits.secretGraceMs`, unnoticed.
   *
   * @throws InvalidClusterConfigError, ClusterNotStartedError
   */
  setSecrets(secrets: Secret | readonly Secret[]): void {
    const parsed = parseSecrets(secrets);
    this.#runningCore().rotate(parsed);
    this.#warnOf(weakSecrets(parsed));
  }

  /**
   * How many sessions each accepted secret has proven, in the order of `setSecrets`; empty without
   * a secret. A secret that no node shows any session on can be dropped everywhere.
   *
   * @throws ClusterNotStartedError
   */
  getSecretUse(): readonly SecretUse[] {
    return this.#runningCore().secretUse();
  }

  /**
   * Replaces the certificates of the running node, for sessions that begin from now on; those
   * that exist stay. While a CA is changed, `ca` holds both.
   *
   * @throws InvalidClusterConfigError, ClusterNotStartedError
   */
  setTls(tls: TlsOptions): void {
    const certificates = parseCertificates(tls);
    const core = this.#runningCore();
    this.#encryption?.replace(certificates);
    this.#warnOfCertificate(core);
  }

  /** The chart's actor of one node, for debugging; undefined while it has none. */
  peerActor(nodeId: string): PeerActor | undefined {
    const core = this.#node?.core;
    const id = core?.find(nodeId);
    return id && core?.peers.get(id);
  }

  // ---- what the node tells -------------------------------------------------------------------

  #runningCore(): Core {
    const core = this.#node?.core;
    if (this.#status !== 'running' || !core) throw new ClusterNotStartedError();
    return core;
  }

  #effects(): ClusterNode {
    // The charts act only between `start` and `stopped`, when there is a node.
    if (!this.#node) throw new Error('the lifecycle acted without a node');
    return this.#node;
  }

  #event(event: ClusterEvent): void {
    logEvent(this.#logger, event);
    this.#alarms.see(event);
    this.#announcer.events$.next(event);
  }

  #warnOf(warnings: readonly ConfigWarning[]): void {
    for (const { code, message } of warnings) {
      this.#event({ type: 'warning', code, message });
      this.#ports.warn(message, code);
    }
  }

  #warnOfCertificate({ config, ports, self }: Core): void {
    const now = ports.clock.wallNow();
    this.#warnOf(this.#encryption?.warnings(self.id, config.clusterName, now) ?? []);
  }

  #planRefresh(): void {
    if (this.#isRefreshPlanned) return;
    this.#isRefreshPlanned = true;
    this.#ports.clock.endOfTurn(() => {
      this.#isRefreshPlanned = false;
      this.#announcer.refresh();
    });
  }

  #moved(status: ClusterStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    if (status === 'stopping' || status === 'stopped') this.#close(status);
    this.#announcer.status(status);
    if (status === 'running') this.#started();
    if (status === 'stopped') {
      for (const resolve of this.#waitingForStop.splice(0)) resolve();
    }
  }

  #started(): void {
    this.#starting.resolve();
    const node = this.#node;
    if (node?.core) this.#warnOfCertificate(node.core);
    this.#ports.clock.afterPoll(() => {
      if (this.#node === node && this.#status === 'running') this.#announcer.release();
    });
  }

  #close(status: 'stopping' | 'stopped'): void {
    this.#announcer.mute();
    this.#calls.rejectAll();
    this.#rejectStart(status);
    if (status === 'stopping') return;
    this.#incarnation = this.#node?.core?.self.incarnation ?? this.#incarnation;
    this.#node = null;
  }

  #rejectStart(status: 'stopping' | 'stopped'): void {
    const failure = status === 'stopped' ? this.actor.getSnapshot().context.failure : null;
    this.#starting.reject(
      this.#brokenError() ??
        (failure
          ? new ClusterStartError(failure.reason, failure.detail, { cause: failure.cause })
          : new ClusterStartError('stopped', 'stop() was called before the node was running')),
    );
  }

  /** A chart that has ended stays so; what is sent to it would be lost without a word. */
  #brokenError(): ClusterStartError | null {
    const { status, error: cause } = this.actor.getSnapshot();
    if (status === 'active') return null;
    return new ClusterStartError('internal', 'its lifecycle chart has failed', { cause });
  }

  /** A chart threw, or was stopped by hand. The node is cut off rather than left half alive. */
  #broke(error: unknown): void {
    this.#node?.cutAll();
    const message = `the lifecycle chart failed: ${String(error)}`;
    this.#event({ type: 'warning', code: 'CHARTMESH_CHART_FAILED', message });
    this.#ports.warn(message, 'CHARTMESH_CHART_FAILED');
    this.#moved('stopped');
  }
}
