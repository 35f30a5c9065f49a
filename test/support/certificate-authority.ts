/** Certificates that are made when a test needs them, by the `openssl` that docs/tls.md uses. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
}

export interface IssueOptions {
  /** Negative: expired before it was made. */
  readonly days?: number;
  readonly usage?: string;
  readonly passphrase?: string;
  /** Further lines for openssl's file of extensions. */
  readonly more?: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

export class CertificateAuthority {
  readonly cert: string;
  readonly #directory: string;

  constructor(name = 'ca') {
    this.#directory = mkdtempSync(join(tmpdir(), 'chartmesh-ca-'));
    process.once('exit', () => rmSync(this.#directory, { recursive: true, force: true }));
    const files = ['-keyout', this.#file('ca.key'), '-out', this.#file('ca.crt')];
    this.#openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-noenc',
      ...files,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
    this.cert = this.#read('ca.crt');
  }

  /** `names` as in a subjectAltName: `IP:127.0.0.1,URI:chartmesh://default/a`. */
  issue(name: string, names: string, options: IssueOptions = {}): Issued {
    const { days = 1, usage = 'serverAuth,clientAuth', passphrase, more = '' } = options;
    const lock = passphrase === undefined ? ['-noenc'] : ['-passout', `pass:${passphrase}`];
    const request = ['-keyout', this.#file('key'), '-out', this.#file('request')];
    this.#openssl('req', ...NEW_KEY, ...lock, ...request, '-subj', `/CN=${name}`);
    const extensions = `subjectAltName=${names}\nextendedKeyUsage=${usage}\n${more}`;
    writeFileSync(this.#file('extensions'), extensions);
    this.#openssl(
      ...['x509', '-req', '-in', this.#file('request'), '-out', this.#file('cert')],
      ...['-CA', this.#file('ca.crt'), '-CAkey', this.#file('ca.key'), '-CAcreateserial'],
      ...['-days', String(days), '-extfile', this.#file('extensions')],
    );
    return { key: this.#read('key'), cert: this.#read('cert'), ca: [this.cert] };
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }

  #read(name: string): string {
    return readFileSync(this.#file(name), 'utf8');
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}
