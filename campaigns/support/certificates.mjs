// A CA and one certificate for 127.0.0.1, made by openssl and kept nowhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function certificates() {
  const directory = mkdtempSync(join(tmpdir(), 'chartmesh-tls-'));
  const file = (name) => join(directory, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const ca = ['-keyout', file('ca.key'), '-out', file('ca.crt')];
  openssl('req', '-x509', ...newKey, ...ca, '-subj', '/CN=campaign');
  openssl('req', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', '/CN=node');
  writeFileSync(file('ext'), 'subjectAltName=IP:127.0.0.1\n');
  const issuer = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    file('csr'),
    ...issuer,
    '-extfile',
    file('ext'),
    '-out',
    file('crt'),
  );
  const [key, cert, text] = ['key', 'crt', 'ca.crt'].map((name) =>
    readFileSync(file(name), 'utf8'),
  );
  rmSync(directory, { recursive: true });
  return { key, cert, ca: text };
}
