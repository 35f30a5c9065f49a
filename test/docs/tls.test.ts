/** What docs/tls.md tells to type is typed, and two nodes meet by what comes of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fencedBlocks } from '../readme/markdown.ts';
import { LocalNode } from '../support/local-node.ts';

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
