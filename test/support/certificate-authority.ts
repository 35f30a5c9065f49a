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

  /** Below another one: an intermediate. A root without `keyUsage` may sign anything. */
  constructor(name = 'ca', above?: CertificateAuthority, keyUsage?: string) {
    this.#directory = mkdtempSync(join(tmpdir(), 'chartmesh-ca-'));
    process.once('exit', () => rmSync(this.#directory, { recursive: true, force: true }));
    writeFileSync(this.#file('revoked'), '');
    if (above) {
      const options = { more: 'basicConstraints=critical,CA:TRUE\n' };
      const { key, cert } = above.issue(name, 'DNS:ca.example', options);
      writeFileSync(this.#file('ca.key'), key);
      writeFileSync(this.#file('ca.crt'), cert);
      this.cert = cert;
      return;
    }
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
      ...(keyUsage === undefined ? [] : ['-addext', `keyUsage=${keyUsage}`]),
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

  /** A list of revoked certificates that names none; `days` as with a certificate. */
  revocationList(days = 1): string {
    writeFileSync(
      this.#file('settings'),
      `[ca]\ndefault_ca=this\n[this]\ndefault_md=sha256\ndatabase=${this.#file('revoked')}\n`,
    );
    const [from, to] = [Math.min(0, days) - 1, days].map(asTime);
    this.#openssl(
      ...['ca', '-gencrl', '-config', this.#file('settings'), '-out', this.#file('list')],
      ...['-cert', this.#file('ca.crt'), '-keyfile', this.#file('ca.key')],
      ...['-crl_lastupdate', from ?? '', '-crl_nextupdate', to ?? ''],
    );
    return this.#read('list');
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

function asTime(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.slice(0, 19).replaceAll(/\D/g, '')}Z`;
}
