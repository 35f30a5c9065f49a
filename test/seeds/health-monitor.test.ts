import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentWith } from './documents.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';
import { normaliser, withoutColours } from './transcript.ts';

const TITLE = /CLUSTER HEALTH MONITOR/;
const FOOT = /^Last updated: .* \| Press Ctrl\+C to exit$/;

describeWithDocuments('the health monitor of the tutorial', () => {
  let project: Project;
  let diagnostics: readonly string[];
  beforeAll(() => {
    project = createProject();
    const { text } = fragmentWith('tutorial', 'printHealthReport', 'availabilityPercent');
    project.write('health-monitor.ts', text);
    diagnostics = project.compile();
  });
  afterAll(async () => {
    await killPrograms();
    project?.remove();
  });

  test('type-checks', () => expect(diagnostics).toEqual([]));

  test('reports a healthy cluster, then the loss of a killed node, and ends on SIGINT', async () => {
    const ports = await freePorts(3);
    const start = (index: number, ...seeds: readonly string[]) =>
      new Program({
        cwd: project.folder,
        args: ['out/health-monitor.js', `monitor${index + 1}`, `${ports[index]}`, ...seeds],
      });
    const normalise = normaliser(ports);
    const clean = (lines: readonly string[]) => lines.map(withoutColours).map(normalise);

    const seed = `monitor1@localhost:${ports[0]}`;
    const monitor1 = start(0);
    await monitor1.untilLine(/Cluster started as/);
    const monitor2 = start(1, seed);
    await monitor1.untilLine(/joined: monitor2/);
    const monitor3 = start(2, seed);
    await monitor1.until((lines) => lastReport(lines).some((line) => line.includes('2 / 2 nodes')));

    expect(clean(monitor1.lines).slice(0, 5)).toEqual([
      'Starting cluster health monitor: monitor1',
      `Port: ${ports[0]}`,
      'Seeds: (none)',
      '',
      'Cluster started as monitor1@HOST:P1',
    ]);
    expect(clean(monitor2.lines).slice(1, 6)).toEqual([
      `Port: ${ports[1]}`,
      'Seeds: monitor1@HOST:P1',
      '',
      'Cluster started as monitor2@HOST:P2',
      '[EVENT] Node joined: monitor1@HOST:P1',
    ]);
    expect(clean(lastReport(monitor1.lines)).map(withoutTimes)).toEqual([
      '                    CLUSTER HEALTH MONITOR                       ',
      expect.stringMatching(/^═+$/),
      '',
      'Local Node',
      '  ID:     monitor1@HOST:P1',
      '  Uptime: TIME',
      '',
      'Cluster Status',
      '  Health:       HEALTHY',
      '  Availability: 100%',
      '  Connected:    2 / 2 nodes',
      '',
      'Connected Nodes',
      '  - monitor2@HOST:P2',
      '    processes: 0, uptime: TIME',
      '  - monitor3@HOST:P3',
      '    processes: 0, uptime: TIME',
      '',
      'Recent Events',
      '  + [TIME] monitor3@HOST:P3',
      '  + [TIME] monitor2@HOST:P2',
      '',
      'Last updated: TIME | Press Ctrl+C to exit',
    ]);

    await monitor3.end('SIGKILL');
    await monitor1.until((lines) => lastReport(lines).some((line) => line.includes('1 / 2 nodes')));
    expect(clean(monitor1.lines)).toContain(
      '[EVENT] Node left: monitor3@HOST:P3 (connection_closed)',
    );
    expect(clean(lastReport(monitor1.lines)).slice(7).map(withoutTimes)).toEqual([
      'Cluster Status',
      '  Health:       DEGRADED',
      '  Availability: 50%',
      '  Connected:    1 / 2 nodes',
      '',
      'Connected Nodes',
      '  - monitor2@HOST:P2',
      '    processes: 0, uptime: TIME',
      '',
      'Recent Events',
      '  - [TIME] monitor3@HOST:P3 (connection_closed)',
      '  + [TIME] monitor3@HOST:P3',
      '  + [TIME] monitor2@HOST:P2',
      '',
      'Last updated: TIME | Press Ctrl+C to exit',
    ]);

    expect(await monitor2.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(monitor2.lines.slice(-2)).toEqual(['', 'Shutting down monitor...']);
    await monitor1.untilLine(/left: monitor2\S+ \(graceful_shutdown\)/);
  });
});

/** From its title to its foot; nothing before the first is complete. */
function lastReport(lines: readonly string[]): readonly string[] {
  const plain = lines.map(withoutColours);
  const end = plain.findLastIndex((line) => FOOT.test(line));
  const start = plain.slice(0, end + 1).findLastIndex((line) => TITLE.test(line));
  return plain.slice(start, end + 1);
}

function withoutTimes(line: string): string {
  return line
    .replace(/\d+s$/, 'TIME')
    .replace(/\[\d.*?\]/, '[TIME]')
    .replace(/\d{4}-\d\d-\d\dT\S+Z/, 'TIME');
}
