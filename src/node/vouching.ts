/** What a certificate has to say about who is at the other end, and what went wrong with a proof. */
import type { ConnectReason } from '../errors.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Link } from '../ports.ts';

/** Why the other end's certificate does not vouch for the node it says it is, or null. */
export function vouchProblem(link: Link, clusterName: string, id: NodeId): string | null {
  return link.claimProblem(() => {
    const { name: nodeName, host } = NodeId.components(id);
    return { clusterName, nodeName, host };
  });
}

const NOT_ACCEPTED = "the other side does not accept this node's certificate; its log says why";

/**
 * What the operator is told when a greeting was refused, here or there. Nothing is proven by then:
 * `auth` can only mean that the greetings, which show whether there is a secret, differ in that.
 */
export function greetingProblem(failure: ConnectReason, hasSecret: boolean): string {
  if (failure === 'certificate') return NOT_ACCEPTED;
  if (failure !== 'auth') return 'the greetings do not fit together';
  return hasSecret
    ? 'this node has a `clusterSecret`, and the other side has none'
    : 'the other side has a `clusterSecret`, and this node has none';
}

/** The same of a proof. */
export function proofProblem(failure: ConnectReason, link: Link): string {
  if (failure === 'certificate') return NOT_ACCEPTED;
  const detail = 'the proof was refused, or that of the other side is wrong';
  if (failure !== 'auth') return detail;
  const meddling = link.channelBinding ? 'ends TLS and begins another' : 'changes what is said';
  return `${detail}: the secrets differ, or somebody on the way ${meddling}`;
}
