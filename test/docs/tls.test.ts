/** What docs/tls.md tells to type is typed, and nodes meet, and renew, by what comes of it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fencedBlocks } from '../readme/markdown.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { freePort } from '../support/free-port.ts';
import { LocalNode } from '../support/local-node.ts';
import { Program } from '../support/program.ts';

const page = readFileSync(new URL('../../docs/tls.md', import.meta.url), 'utf8');

test('the certificates of docs/tls.md, made as it says, let two nodes meet', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'chartmesh-docs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const run = (script: string) =>
    execFileSync('sh', ['-e', '-c', script], { cwd: directory, stdio: 'pipe' });
  const [authority = '', node = '', ...rest] = fencedBlocks(page, 'sh');
  expect(rest).toEqual([]);
  run(authority);
  run(node);
  run(node.replaceAll('orders', 'billing'));

  const read = (file: string) => readFileSync(join(directory, file));
  const start = (nodeName: string) =>
    LocalNode.start({
      nodeName,
      clusterName: 'shop',
      tls: { key: read(`${nodeName}.key`), cert: read(`${nodeName}.crt`), ca: read('ca.crt') },
    });
  const [orders, billing] = [await start('orders'), await start('billing')];
  expect(await billing.cluster.connect(orders.id)).toBe(orders.id);
  expect(orders.journal.events('warning')).toEqual([]);

  // One that is allowed to be `billing` is nobody else.
  const impostor = await LocalNode.start({
    nodeName: 'impostor',
    clusterName: 'shop',
    tls: { key: read('billing.key'), cert: read('billing.crt'), ca: read('ca.crt') },
  });
  await expect(impostor.cluster.connect(orders.id)).rejects.toMatchObject({
    reason: 'certificate',
  });
});

/** Around the page's program: tells of every success, and stops the node when it is asked to. */
const BEFORE = `
  console.error = console.log;
  const setTls = Cluster.setTls.bind(Cluster);
  Cluster.setTls = (tls) => {
    setTls(tls);
    console.log('taken');
  };
`;
const AFTER = `
  process.once('SIGINT', () => Cluster.stop());
  console.log('started');
`;

test('the program of docs/tls.md outlives half-written certificates, and ends with its node', async () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  // Inside the checkout, so that 'chartmesh' is this package.
  mkdirSync(`${root}.tmp`, { recursive: true });
  const folder = mkdtempSync(`${root}.tmp/tls-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const authority = new CertificateAuthority();
  const write = (file: string, text: string) => writeFileSync(`${folder}/${file}`, text);
  const issue = () => authority.issue('orders', 'URI:chartmesh://shop/orders');
  const [before, after] = [issue(), issue()];
  write('ca.crt', authority.cert);
  write('orders.key', before.key);
  write('orders.crt', before.cert);

  const [, start = '', renew = '', ...rest] = fencedBlocks(page, 'ts');
  expect(rest).toEqual([]);
  const program = [start, BEFORE, renew, AFTER]
    .join('\n')
    .replaceAll('/etc/chartmesh/', `${folder}/`)
    .replace("nodeName: 'orders',", `nodeName: 'orders', port: ${await freePort()},`)
    .replace('3_600_000', '5');
  write('orders.mjs', program);
  const orders = new Program([`${folder}/orders.mjs`]);
  onTestFinished(() => orders.dispose());
  await orders.until(/taken/);

  write('orders.key', after.key);
  await orders.until(/the former certificates stay .*tls\.cert does not belong to tls\.key/);
  rmSync(`${folder}/orders.crt`);
  await orders.until(/the former certificates stay .*ENOENT/);
  write('orders.crt', after.cert);
  await orders.until(/ENOENT[\s\S]*taken/);

  orders.child.kill('SIGINT');
  expect(await orders.exit(), orders.log).toBe(0);
  expect(orders.stdout).not.toContain('ClusterNotStartedError');
  expect(orders.stderr).toBe('');
});
