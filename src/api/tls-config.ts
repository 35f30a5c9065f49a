/** The option `tls`, and the same for `setTls`. */
import { InvalidClusterConfigError, preview } from '../errors.ts';
import { certificatesProblem } from '../transport/tls-check.ts';
import type { TlsCertificates, TlsSettings } from '../transport/tls-settings.ts';
import { refuseUnknown } from './unknown-option.ts';

export type Pem = string | Uint8Array;

/** Mutual TLS 1.3: every node has a certificate, and checks those of the others. */
export interface TlsOptions {
  /** The node's private key, as PEM. */
  readonly key: Pem;
  /**
   * Its certificate, for servers and clients alike, followed by those between it and the CA. It
   * names the node's host, or carries the URI `chartmesh://<clusterName>/<nodeName>`.
   */
  readonly cert: Pem;
  /** Whose certificates are accepted. Several while one follows the other. */
  readonly ca: Pem | readonly Pem[];
  /** Opens an encrypted key. */
  readonly passphrase?: string | undefined;
  /** Lists of revoked certificates. */
  readonly crl?: Pem | readonly Pem[] | undefined;
}

const OPTIONS: readonly (keyof TlsOptions)[] = ['key', 'cert', 'ca', 'passphrase', 'crl'];

/** Null: plain TCP. */
export function parseTls(input: unknown): TlsSettings | null {
  if (input === undefined || input === false) return null;
  if (input === true) return { kind: 'anonymous' };
  return { kind: 'certificates', certificates: parseCertificates(input) };
}

/** Throws InvalidClusterConfigError, whose reason never holds what was passed as key. */
export function parseCertificates(input: unknown): TlsCertificates {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const given = preview(input);
    throw new InvalidClusterConfigError(
      `tls must be true or an object with key, cert and ca, got ${given}`,
    );
  }
  refuseUnknown('tls option', Object.keys(input), OPTIONS);
  const passphrase: unknown = Reflect.get(input, 'passphrase');
  if (passphrase !== undefined && typeof passphrase !== 'string') refuse('passphrase', 'a string');
  const crl = Reflect.get(input, 'crl') === undefined ? undefined : list(input, 'crl');
  const [key, cert] = [pem(input, 'key'), pem(input, 'cert')];
  const certificates = { key, cert, ca: list(input, 'ca'), passphrase, crl };
  const problem = certificatesProblem(certificates);
  if (problem) throw new InvalidClusterConfigError(problem);
  return certificates;
}

function pem(input: object, name: keyof TlsOptions): string {
  return textOf(Reflect.get(input, name)) ?? refuse(name, 'PEM text, a string or a Uint8Array');
}

function list(input: object, name: keyof TlsOptions): readonly string[] {
  const value: unknown = Reflect.get(input, name);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.map(textOf).filter((text) => text !== null);
  if (texts.length > 0 && texts.length === values.length) return texts;
  return refuse(name, 'PEM text, or a list of such');
}

/** A copy: what the caller does to its bytes later changes nothing. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  return value instanceof Uint8Array && value.length > 0 ? Buffer.from(value).toString() : null;
}

function refuse(name: keyof TlsOptions, rule: string): never {
  throw new InvalidClusterConfigError(`tls.${name} must be ${rule}`);
}
