/** Whether a certificate names a node: by its host, or by cluster and name. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { NodeClaim } from '../ports.ts';

/** The URI that vouches for a name wherever it lives. */
export function nodeUri({ clusterName, nodeName }: NodeClaim): string {
  return `chartmesh://${encoded(clusterName)}/${encoded(nodeName)}`;
}

/** Null when the certificate names the node's host, or carries its URI. */
export function nameProblem(certificate: PeerCertificate, claim: NodeClaim): string | null {
  const uri = nodeUri(claim);
  const names = alternativeNames(certificate.subjectaltname ?? '');
  if (names.includes(`URI:${uri}`)) return null;
  if (checkServerIdentity(claim.host, certificate) === undefined) return null;
  const named = names.length > 0 ? names.join(', ') : 'nothing';
  return (
    `its certificate names ${shortened(named)}, and neither the host ${claim.host} ` +
    `nor ${uri}: issue one with the right subjectAltName`
  );
}

/** Node puts a name that holds commas or quotes into quotes, which must not look like others. */
function alternativeNames(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g)?.map((name) => name.trim()) ?? [];
}

/** RFC 3986, and the quote that would make Node quote the whole name. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll("'", '%27');
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
