/**
 * The bridge to XState inspection: guarded, because a throwing observer would break transitions,
 * and with session ids that are unique across processes.
 */
import type { ActorRefLike, InspectionEvent } from 'xstate';
import type { Inspector } from './config.ts';

export class InspectorBridge {
  readonly #prefix: string;
  readonly #failed: (error: unknown) => void;
  readonly #renamed = new WeakMap<ActorRefLike, ActorRefLike>();
  /** The actor's creation comes before anybody can look; it is repeated to each inspector. */
  #creation: InspectionEvent | null = null;
  #inspect: ((event: InspectionEvent) => void) | null = null;
  #hasFailed = false;

  constructor(prefix: string, failed: (error: unknown) => void) {
    this.#prefix = prefix;
    this.#failed = failed;
  }

  readonly observe = (event: InspectionEvent): void => {
    this.#creation ??= event;
    if (this.#inspect) this.#deliver(event);
  };

  attach(inspector: Inspector | undefined): void {
    this.#hasFailed = false;
    this.#inspect =
      typeof inspector === 'function'
        ? inspector
        : inspector
          ? (event) => inspector.next?.(event)
          : null;
    if (this.#inspect && this.#creation) this.#deliver(this.#creation);
  }

  #deliver(event: InspectionEvent): void {
    try {
      this.#inspect?.(this.#unique(event));
    } catch (error) {
      // Reported once: an inspector that throws will do so at every transition.
      if (!this.#hasFailed) this.#failed(error);
      this.#hasFailed = true;
    }
  }

  #unique(event: InspectionEvent): InspectionEvent {
    const shared = {
      rootId: this.#prefix + event.rootId,
      actorRef: this.#rename(event.actorRef),
    };
    if ('sourceRef' in event && event.sourceRef) {
      return { ...event, ...shared, sourceRef: this.#rename(event.sourceRef) };
    }
    return { ...event, ...shared };
  }

  #rename(actorRef: ActorRefLike): ActorRefLike {
    const known = this.#renamed.get(actorRef);
    if (known) return known;
    const sessionId = { value: this.#prefix + actorRef.sessionId, enumerable: true };
    // An actor without a name is called by its session id; inspectors compare the two to find out.
    const isNameless = 'id' in actorRef && actorRef.id === actorRef.sessionId;
    const renamed: ActorRefLike = Object.create(
      actorRef,
      isNameless ? { sessionId, id: sessionId } : { sessionId },
    );
    this.#renamed.set(actorRef, renamed);
    // Inspectors draw the tree from it, by session ids.
    const parent: unknown = Reflect.get(actorRef, '_parent');
    if (isActorRef(parent))
      Object.defineProperty(renamed, '_parent', { value: this.#rename(parent) });
    return renamed;
  }
}

function isActorRef(value: unknown): value is ActorRefLike {
  return typeof value === 'object' && value !== null && 'sessionId' in value;
}
