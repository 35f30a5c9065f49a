/**
 * I11: a monitor tells the end of its actor once, none that has not come, and tells it in the end. It
 * says `node_down` only where its node has lost the actor's node, or stops itself.
 */
import type { Ref } from '../../src/actors/ref.ts';
import type { Monitor } from '../../src/api/monitoring.ts';
import { ClusterError } from '../../src/errors.ts';
import type { Down } from '../../src/index.ts';
import type { Life } from './life.ts';
import type { Target } from './mail.ts';
import type { Scene } from './scene.ts';
import type { Watch } from './watch.ts';

interface Vigil {
  readonly number: number;
  readonly watch: Watch;
  readonly life: Life;
  readonly target: Target;
  /** When it began, its node was not connected with that life of the other one. */
  readonly wasApart: boolean;
  state: 'open' | 'told' | 'ended';
}

export class Vigils {
  readonly #scene: Scene;
  readonly #open = new Set<Vigil>();
  #count = 0;
  #told = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Ends that were told so far. */
  get told(): number {
    return this.#told;
  }

  /** The way to end it; null where no more monitors can be had. */
  begin(watch: Watch, life: Life, ref: Ref, target: Target): (() => void) | null {
    const line = life.lines.get(target.nodeId);
    const wasApart = line === undefined || line.uid !== target.uid || line.isClosed;
    this.#count += 1;
    const vigil: Vigil = {
      ...{ number: this.#count, watch, life, target, wasApart, state: 'open' },
    };
    try {
      const monitor = watch.cluster.actors.monitor(ref, (down) => this.#hears(vigil, down));
      this.#open.add(vigil);
      return () => this.#end(vigil, monitor);
    } catch (error) {
      if (!ClusterError.is(error)) this.#note(vigil, `cannot be made: ${String(error)}`);
      return null;
    }
  }

  /** Actors that are gone, and somebody waits to hear so, which may be on its way. */
  unheard(): ReadonlyMap<string, string> {
    const gone = this.#present().filter(({ target }) => !this.#isRunning(target));
    return new Map(gone.map((vigil) => [`monitor ${vigil.number}`, described(vigil)]));
  }

  /** All nodes have stopped: each monitor has told something. */
  untold(): string | undefined {
    const [vigil] = this.#present();
    return vigil && described(vigil);
  }

  #hears(vigil: Vigil, { reason, ref }: Down): void {
    const { target, life, wasApart, state } = vigil;
    const wrong = (what: string) => this.#note(vigil, `tells ${reason}, ${what}`);
    if (state !== 'open') return wrong(`when it was ${state} already`);
    vigil.state = 'told';
    this.#open.delete(vigil);
    this.#told += 1;
    if (ref.uid !== target.uid || ref.number !== target.number) wrong(`but of ${ref.id}`);
    const isApart = wasApart || life.isOver || life.lostUids.has(target.uid);
    if (reason !== 'node_down') {
      if (this.#isRunning(target)) wrong('while it runs');
    } else if (!isApart) wrong('though its node was not lost');
  }

  #end(vigil: Vigil, monitor: Monitor): void {
    monitor.stop();
    if (vigil.state === 'open') vigil.state = 'ended';
    this.#open.delete(vigil);
  }

  /** Of processes that are still there. */
  #present(): readonly Vigil[] {
    for (const vigil of this.#open) {
      const { watch } = vigil;
      if (this.#scene.watchOf(watch.member.index) !== watch) this.#open.delete(vigil);
    }
    return [...this.#open];
  }

  #isRunning({ index, uid, number }: Target): boolean {
    return this.#scene.members[index]?.hosts(uid, number) === true;
  }

  #note(vigil: Vigil, what: string): void {
    this.#scene.note(vigil.watch.member, 'I11', `${described(vigil)}: ${what}`);
  }
}

function described({ target: { role, nodeId, number, uid }, life }: Vigil): string {
  return `the monitor of ${life.id} of ${role} ${nodeId}#${number} (${uid})`;
}
