/** From a behavior to an actor that runs. */
import { type AnyActor, createActor } from 'xstate';
import type { ChartClock } from '../node/chart-clock.ts';
import type { SortedBehavior } from './behavior.ts';
import { HandlerActor } from './handler-actor.ts';
import type { Hosted, HostedOwner } from './hosted.ts';
import { LogicActor } from './logic-actor.ts';
import { ServerActor } from './server-actor.ts';

/**
 * Starts one actor. `ready` is called once it runs, maybe at once; when it does not come to that,
 * `owner.ended` is called alone.
 */
export type Launch = (owner: HostedOwner, ready: (hosted: Hosted) => void) => void;

export interface LaunchOptions {
  readonly input: unknown;
  readonly id: string | undefined;
  /** One for all actors. */
  readonly chartClock: ChartClock;
  readonly maxMailbox: number;
  /** Called before an XState actor starts: it may tell others of itself at once. */
  introduce(actor: AnyActor): void;
}

export function launchOf(sorted: SortedBehavior, options: LaunchOptions): Launch {
  const { input, id, maxMailbox } = options;
  switch (sorted.kind) {
    case 'handler':
      return (owner, ready) => ready(new HandlerActor(sorted.handler, maxMailbox, owner));
    case 'logic':
      return (owner, ready) => {
        const actor = createActor(sorted.logic, {
          clock: options.chartClock,
          // XState keeps its options: each that is there costs an actor 240 bytes, whatever its value.
          ...(input === undefined ? {} : { input }),
          ...(id === undefined ? {} : { id }),
        });
        options.introduce(actor);
        const hosted = new LogicActor(actor, owner);
        if (hosted.start()) ready(hosted);
      };
    case 'server':
      return (owner, ready) => {
        const server = new ServerActor(sorted.server, maxMailbox, owner);
        server.start(input).then(
          () => ready(server),
          (error: unknown) => owner.ended('error', error),
        );
      };
  }
}
