/** The links of one start of the node: the plain ones it was given, or TLS over them. */
import { InvalidClusterConfigError } from '../errors.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Network } from '../ports.ts';
import type { SecureNetwork } from '../transport/tls.ts';
import { ownCertificateProblem, revocationProblem } from '../transport/tls-check.ts';
import type { TlsCertificates, TlsSettings } from '../transport/tls-settings.ts';
import type { ConfigWarning } from './warnings.ts';

export interface EncryptionPorts {
  readonly network: Network;
  /** Null for a network that TLS cannot run over. Absent: there is no TLS at all. */
  readonly secure?: ((network: Network, tls: TlsSettings) => SecureNetwork | null) | undefined;
}

export class Encryption {
  readonly network: Network;
  readonly #secured: SecureNetwork | null;
  #settings: TlsSettings | null;

  constructor(ports: EncryptionPorts, settings: TlsSettings | null) {
    this.#settings = settings;
    this.#secured = settings && (ports.secure?.(ports.network, settings) ?? null);
    if (settings && !this.#secured) {
      throw new InvalidClusterConfigError(
        'tls needs the network of the machine: leave it out where the network is simulated',
      );
    }
    this.network = this.#secured ?? ports.network;
  }

  /** For sessions that begin from now on. */
  replace(certificates: TlsCertificates): void {
    if (!this.#secured || this.#settings?.kind !== 'certificates') {
      throw new InvalidClusterConfigError(
        'tls can be replaced only on a node that was started with key, cert and ca',
      );
    }
    const settings = { kind: 'certificates', certificates } as const;
    this.#secured.replace(settings);
    this.#settings = settings;
  }

  /** What others will find wrong with this node, and why it will accept none of them. */
  warnings(self: NodeId, clusterName: string, wallNowMs: number): readonly ConfigWarning[] {
    if (this.#settings?.kind !== 'certificates') return [];
    const { name: nodeName, host } = NodeId.components(self);
    const claim = { clusterName, nodeName, host };
    const { certificates } = this.#settings;
    const warnings: ConfigWarning[] = [];
    const problem = ownCertificateProblem(certificates, claim, wallNowMs);
    if (problem) {
      const message = `other nodes will refuse ${self}: ${problem}`;
      warnings.push({ code: 'CHARTMESH_TLS_CERTIFICATE', message });
    }
    const fault = revocationProblem(certificates, wallNowMs);
    if (fault) {
      const message = `${self} will refuse other nodes: ${fault}`;
      warnings.push({ code: 'CHARTMESH_TLS_CRL', message });
    }
    return warnings;
  }
}
