// Mutual TLS: two nodes with certificates meet, one without is refused, and certificates are
// replaced while nobody goes down. Needs the command `openssl`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster, NodeId, type TlsOptions } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const directory = mkdtempSync(join(tmpdir(), 'chartmesh-example-'));
const file = (name: string) => join(directory, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

// ---- In real life this happens elsewhere, and a node gets three files: see docs/tls.md.
const authority = ['-keyout', file('ca.key'), '-out', file('ca.crt'), '-subj', '/CN=example CA'];
openssl('req', '-x509', ...NEW_KEY, ...authority);

function issue(name: string): TlsOptions {
  openssl('req', ...NEW_KEY, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`);
  writeFileSync(file('ext'), `subjectAltName=URI:chartmesh://shop/${name}\n`);
  openssl(
    ...['x509', '-req', '-in', file('csr'), '-out', file('crt'), '-extfile', file('ext')],
    ...['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'],
  );
  return {
    key: readFileSync(file('key')),
    cert: readFileSync(file('crt')),
    ca: readFileSync(file('ca.crt')),
  };
}

// ---- Each certificate names its node by cluster and name, so it may run anywhere.
const options = async (nodeName: string) => ({
  nodeName,
  clusterName: 'shop',
  host: '127.0.0.1',
  port: await freePort(),
});
const [orders, billing, stranger] = [createCluster(), createCluster(), createCluster()];
await orders.start({ ...(await options('orders')), tls: issue('orders') });
await billing.start({ ...(await options('billing')), tls: issue('billing') });
await stranger.start(await options('stranger'));

orders.onNodeUp(({ id }) => console.log(`orders: ${NodeId.getName(id)} is up`));
orders.events$.subscribe((event) => {
  if (event.type === 'peer.refused') console.log(`orders: refused, ${event.detail}`);
});

const target = orders.getLocalNodeId();
await billing.connect(target);
console.log(`stranger: gets an answer: ${await stranger.ping(target)}`);

// ---- New certificates are for new connections; this one goes on.
orders.setTls(issue('orders'));
billing.setTls(issue('billing'));
console.log(`renewed, and still connected: ${billing.isNodeConnected(target)}`);
await billing.disconnect(target);
await billing.connect(target);
console.log(`connected by the new ones: ${billing.isNodeConnected(target)}`);

await Promise.all([stranger.stop(), billing.stop(), orders.stop()]);
rmSync(directory, { recursive: true });
