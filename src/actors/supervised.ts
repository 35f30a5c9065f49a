import type { Clock, Random, Timer } from '../ports.ts';
import type { EndReason, Hosted, HostedOwner, Present } from './hosted.ts';
import type { Launch } from './launch.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { judgeEnd, type RestartPolicy } from './restart-policy.ts';

export interface SupervisedHost {
  readonly clock: Clock;
  readonly random: Random;
  /** It is started again after this. */
  restarted(error: unknown): void;
}

/** The same, but started again when it ends, as the policy says. */
export function supervised(launch: Launch, policy: RestartPolicy, host: SupervisedHost): Launch {
  if (policy.when === 'never') return launch;
  return (owner, ready) => new SupervisedActor(launch, policy, host, owner).start(ready);
}

/**
 * One actor after the other, in the place of the first. Between two of them asks fail as `busy`, and
 * what is sent is a dead letter. Its owner hears of the last end only.
 */
class SupervisedActor implements Hosted {
  readonly #launch: Launch;
  readonly #policy: RestartPolicy;
  readonly #host: SupervisedHost;
  readonly #owner: HostedOwner;
  /** The one that runs, and at the end the last one. */
  #present: Hosted | null = null;
  #restarts: readonly number[] = [];
  #timer: Timer = null;
  #hasStarted = false;
  #isOver = false;
  #changed: (() => void) | null = null;
  #unobserve: (() => void) | null = null;

  constructor(launch: Launch, policy: RestartPolicy, host: SupervisedHost, owner: HostedOwner) {
    this.#launch = launch;
    this.#policy = policy;
    this.#host = host;
    this.#owner = owner;
  }

  /** One that does not even start has nobody who knows it: it ends at once. */
  start(ready: (hosted: Hosted) => void): void {
    this.#begin(() => {
      this.#hasStarted = true;
      ready(this);
    });
  }

  send(message: unknown, from: Line): void {
    if (this.#present) this.#present.send(message, from);
    else this.#owner.dead('restarting', message, from);
  }

  ask(message: unknown, replyTo: ReplyTo, from: Line): void {
    if (this.#present) this.#present.ask(message, replyTo, from);
    else replyTo.fail('busy', 'no');
  }

  snapshot(): Present | null {
    return this.#present?.snapshot() ?? null;
  }

  observe(changed: () => void): () => void {
    this.#changed = changed;
    this.#unobserve = this.#present?.observe(changed) ?? null;
    return () => {
      this.#unobserve?.();
      this.#unobserve = null;
      this.#changed = null;
    };
  }

  stop(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.clock.clearTimeout(this.#timer);
    this.#present?.stop(error);
    this.#owner.ended(error === undefined ? 'stopped' : 'error', error);
  }

  #begin(ready: () => void): void {
    const owner: HostedOwner = {
      ended: (reason, detail) => this.#ended(reason, detail),
      dead: (why, message, from, error) => this.#owner.dead(why, message, from, error),
      threw: (error) => this.#owner.threw(error),
    };
    this.#launch(owner, (hosted) => {
      // It was stopped while this one took its time to start.
      if (this.#isOver) return hosted.stop();
      this.#present = hosted;
      ready();
    });
  }

  #ended(reason: EndReason, detail: unknown): void {
    if (this.#isOver) return;
    if (!this.#hasStarted) return this.#end(reason, detail);
    const error = reason === 'error' ? detail : undefined;
    const { clock, random } = this.#host;
    const verdict = judgeEnd(this.#policy, this.#restarts, reason, clock.now(), random.float());
    if (verdict.does === 'end') return this.#end(reason, detail);
    if (verdict.does === 'give_up') {
      return this.#end('error', error ?? new Error('it ended too often, though without an error'));
    }
    this.#present = null;
    this.#unobserve = null;
    this.#restarts = verdict.restarts;
    this.#timer = clock.setTimeout(() => this.#restart(error), verdict.delayMs);
  }

  #restart(error: unknown): void {
    this.#timer = null;
    this.#host.restarted(error);
    // Whoever was told may have stopped it.
    if (this.#isOver) return;
    this.#begin(() => {
      if (this.#changed === null) return;
      this.#unobserve = this.#present?.observe(this.#changed) ?? null;
      this.#changed();
    });
  }

  #end(reason: EndReason, detail: unknown): void {
    this.#isOver = true;
    this.#owner.ended(reason, detail);
  }
}
