/** The effects of the lifecycle chart, from one `start` to the next `stopped`. */
import type { ClusterStartReason } from '../errors.ts';
import type { LifecycleEvent, StartOptions } from '../machines/cluster.ts';
import type { PeerEvent } from '../machines/peer.ts';
import type { SeedEvent } from '../machines/seed.ts';
import { hostProblem } from '../membership/host.ts';
import { silenceLimitMs } from '../membership/liveness.ts';
import type { NodeId as Id } from '../membership/node-id.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Endpoint, Listener, Ports } from '../ports.ts';
import { Core, type CoreInput, type CoreOwner } from './core.ts';
import { sayGoodbye } from './goodbye.ts';
import type { Effects, Lifecycle } from './lifecycle.ts';
import type { NodeConfig } from './node-config.ts';
import { SecretRing } from './secrets.ts';
import { seedInputs } from './seeds.ts';

/** Decides which host to advertise for a bind address; calls back once, maybe at once. */
export type Advertise = (config: NodeConfig, done: (host: string) => void) => void;

export interface NodeInput {
  readonly config: NodeConfig;
  readonly ports: Ports;
  readonly lifecycle: Lifecycle;
  readonly owner: CoreOwner;
  readonly advertise: Advertise;
  readonly createDataPlane: CoreInput['createDataPlane'];
  /** Lives of one Cluster object must not go back in time when the wall clock does. */
  readonly minIncarnation: number;
}

const START_REASONS: ReadonlyMap<string, ClusterStartReason> = new Map([
  ['EADDRINUSE', 'port_in_use'],
  ['EACCES', 'permission'],
  ['EPERM', 'permission'],
]);

export class ClusterNode implements Effects {
  readonly #input: NodeInput;
  readonly #secrets: SecretRing;
  #listener: Listener | null = null;
  #onPortFree: (() => void) | null = null;
  #core: Core | null = null;

  constructor(input: NodeInput) {
    this.#input = input;
    const { config, ports } = input;
    this.#secrets = new SecretRing(ports.keys, config.clusterName, config.secrets);
  }

  startOptions(): StartOptions {
    const { config, ports } = this.#input;
    return {
      seeds: seedInputs(
        config.seeds,
        {
          baseMs: config.reconnectBaseDelayMs,
          maxMs: config.reconnectMaxDelayMs,
          silenceLimitMs: silenceLimitMs(config.heartbeatIntervalMs, config.heartbeatMissThreshold),
        },
        () => ports.random.float(),
      ),
      joinTimeoutMs: config.joinTimeoutMs,
      leaveTimeoutMs: config.leaveTimeoutMs,
    };
  }

  /** Null until the port is bound. */
  get core(): Core | null {
    return this.#core;
  }

  listen(report: (event: LifecycleEvent) => void): () => void {
    const { config, ports, advertise } = this.#input;
    let isWanted = true;
    advertise(config, (host) => {
      if (!isWanted) return;
      if (hostProblem(host) !== null) {
        const cause = new Error(`the host to advertise, ${host}, cannot be part of a node id`);
        const reason = 'address_unavailable' as const;
        report({ type: 'listener.failed', reason, detail: cause.message, cause });
        return;
      }
      this.#listener = ports.network.listen(
        { host: config.host, port: config.port },
        {
          listening: (bound) => {
            if (!isWanted) return;
            this.#begin(host, bound);
            report({ type: 'listener.bound' });
          },
          link: (link) => {
            if (isWanted && this.#core) this.#core.door.accept(link);
            else link.destroy();
          },
          failed: (error) => this.#listenFailed(error, report),
        },
      );
    });
    return () => {
      isWanted = false;
      const listener = this.#listener;
      if (!listener) return;
      listener.close(() => {
        this.#listener = null;
        this.#onPortFree?.();
      });
    };
  }

  #listenFailed(
    error: Error & { readonly code?: string | undefined },
    report: (event: LifecycleEvent) => void,
  ): void {
    if (this.#core) {
      const message = `the listener failed: ${error.message}`;
      this.#input.owner.event({ type: 'warning', code: 'LISTENER_FAILED', message });
      return;
    }
    const reason = START_REASONS.get(error.code ?? '') ?? 'address_unavailable';
    report({ type: 'listener.failed', reason, detail: error.message, cause: error });
  }

  #begin(host: string, bound: Endpoint): void {
    const { config, ports, minIncarnation } = this.#input;
    const port = config.advertisePort ?? bound.port;
    const self = {
      id: NodeId.create(config.nodeName, host, port),
      uid: Buffer.from(ports.random.bytes(16)).toString('hex'),
      incarnation: Math.max(Math.floor(ports.clock.wallNow()), minIncarnation),
    };
    this.#core = new Core({ ...this.#input, self, secrets: this.#secrets });
    this.#core.start();
  }

  sayGoodbye(report: (event: LifecycleEvent) => void): () => void {
    if (this.#core) return sayGoodbye(this.#core, () => report({ type: 'goodbye.done' }));
    report({ type: 'goodbye.done' });
    return () => {};
  }

  /** The listener is being closed by the chart; this waits for it and for the links. */
  tearDown(report: (event: LifecycleEvent) => void): () => void {
    const core = this.#core;
    core?.stop();
    for (const session of [...(core?.sessions ?? [])]) core?.holding.retire(session, 'stopped');
    const links = core?.door.channelHost.links;
    const finishIfQuiet = () => {
      if (this.#listener === null && (links?.isEmpty ?? true)) report({ type: 'teardown.done' });
    };
    this.#onPortFree = finishIfQuiet;
    const forgetLinks = links?.whenEmpty(finishIfQuiet);
    if (!links) finishIfQuiet();
    return () => {
      this.#onPortFree = null;
      forgetLinks?.();
    };
  }

  cutAll(): void {
    this.#core?.stop();
    this.#core?.cutAll();
  }

  dialPeer(peer: string, report: (event: PeerEvent) => void): () => void {
    const id: Id | undefined = NodeId.tryParse(peer);
    return id && this.#core ? this.#core.dialling.dialPeer(id, report) : () => {};
  }

  closeSession(session: number): void {
    this.#core?.holding.release(session);
  }

  tryRound(seed: string, report: (event: SeedEvent) => void): () => void {
    return this.#core?.seeds.tryRound(seed, report) ?? (() => {});
  }
}
