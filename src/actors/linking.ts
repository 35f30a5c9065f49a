/** Has the nodes of two actors link them, whoever asks for it. */
import { ActorLinkError } from '../errors/actors.ts';
import type { AskOptions } from './line.ts';
import { askAboutLink } from './link-outcome.ts';
import type { Ref, RefHost } from './ref.ts';

type Verb = 'link' | 'unlink';

/** Rejects with ActorLinkError or ClusterNotStartedError. */
export async function link(host: RefHost, a: Ref, b: Ref, options?: AskOptions): Promise<void> {
  if (a.equals(b)) return;
  const { outcome, cause } = await ask(host, 'link', a, b, options);
  if (outcome === 'done') return;
  // It may have been made, or will be.
  void ask(host, 'unlink', a, b);
  throw new ActorLinkError(a.id, b.id, outcome, { cause });
}

/** Rejects with ActorLinkError or ClusterNotStartedError. */
export async function unlink(host: RefHost, a: Ref, b: Ref, options?: AskOptions): Promise<void> {
  if (a.equals(b)) return;
  const { outcome, cause } = await ask(host, 'unlink', a, b, options);
  if (outcome !== 'done') throw new ActorLinkError(a.id, b.id, outcome, { cause });
}

/** The node of the first, or that of the second while the first cannot be reached. */
async function ask(host: RefHost, verb: Verb, a: Ref, b: Ref, options?: AskOptions) {
  const line = host.lineTo(a.nodeId, a.uid);
  if (!line.isClosed) return askAboutLink(line, [verb, a.number, b], options);
  return askAboutLink(host.lineTo(b.nodeId, b.uid), [verb, b.number, a], options);
}
