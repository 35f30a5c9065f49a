// Actors in a child process: what they are, and what the parent can have done with them.
import { setTimeout as wait } from 'node:timers/promises';
import { Actors } from '../../dist/parts.js';

/** Ends by what it is sent. */
const brittle = {
  init: () => null,
  handleCall: (message, state) => [message, state],
  handleCast(message) {
    throw Object.assign(new RangeError(message), { code: 'E_BRITTLE' });
  },
};

const silent = () => new Promise(() => {});

export function createActors() {
  const actors = new Actors();
  actors.behaviors.register('echo', (message) => message);
  actors.behaviors.register('brittle', brittle);
  actors.behaviors.register('silent', silent);
  actors.behaviors.register('slow', (message) => wait(20, message));
  return actors;
}

/** Asks without pause, so many at once, until each of these loops has failed or is stopped. */
class Asking {
  answered = 0;
  wrong = 0;
  failures = [];
  over;
  #isWanted = true;
  #watched = { count: Number.POSITIVE_INFINITY, resolve: () => {} };

  constructor(ref, inFlight) {
    this.over = Promise.all(Array.from({ length: inFlight }, () => this.#loop(ref)));
  }

  stop() {
    this.#isWanted = false;
  }

  /** So many answers, or the first failure. */
  until(count) {
    return new Promise((resolve) => {
      this.#watched = { count, resolve };
      this.#look();
    });
  }

  #look() {
    if (this.answered < this.#watched.count && this.failures.length === 0) return;
    this.#watched.resolve();
  }

  async #loop(ref) {
    for (let n = 0; this.#isWanted; n += 1) {
      try {
        if ((await ref.ask({ n })).n !== n) this.wrong += 1;
        this.answered += 1;
        this.#look();
      } catch ({ reason, delivered }) {
        this.failures.push({ reason, delivered, at: performance.timeOrigin + performance.now() });
        this.#look();
        return;
      }
    }
  }
}

export function actorCommands(actors) {
  const refs = [];
  let asking = null;
  const tally = async () => {
    await asking.over;
    const { answered, wrong, failures } = asking;
    return { answered, wrong, failures };
  };
  return {
    async spawn(behavior, on) {
      return refs.push(await actors.spawn(behavior, { on })) - 1;
    },
    startAsks(index, inFlight) {
      asking = new Asking(refs[index], inFlight);
    },
    async untilAnswered(count) {
      await asking.until(count);
      return asking.answered;
    },
    asksFailed: tally,
    stopAsks() {
      asking.stop();
      return tally();
    },
  };
}
