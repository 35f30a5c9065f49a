import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('chartmesh.copies'));
  vi.restoreAllMocks();
});

/** The default node of a copy of the package that nobody else in this process has loaded. */
async function freshCopy() {
  vi.resetModules();
  const { Cluster } = await import('../../src/api/default-cluster.ts');
  return Cluster;
}

/** Refused for its options, so that no port is needed; the copy counts all the same. */
function tryToStart(cluster: Awaited<ReturnType<typeof freshCopy>>): Promise<unknown> {
  const started: Promise<void> = Reflect.apply(cluster.start, cluster, [undefined]);
  return started.catch(({ code }) => code);
}

describe('two copies of the package in one process', () => {
  it('are warned about once both are used', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const [one, two] = [await freshCopy(), await freshCopy()];
    expect(one).not.toBe(two);
    expect(await tryToStart(one)).toBe('INVALID_CLUSTER_CONFIG');
    await tryToStart(one);
    expect(warn).not.toHaveBeenCalled();
    await tryToStart(two);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('loaded twice'), {
      code: 'CHARTMESH_SECOND_COPY',
    });
  });
});
