import { describe, expect, test } from 'vitest';
import { spawnOn, startPair } from './actor-pair.ts';

const OLD = 'the secret that was there before';
const NEW = 'the secret that comes after it';

describe('while a session is replaced by another with the same life', () => {
  test('messages arrive in order, none lost and none twice, both ways', async () => {
    const limits = { secretGraceMs: 200 };
    const { here, there } = await startPair({ clusterSecret: [OLD, NEW], limits });
    const heard: number[] = [];
    const ref = await spawnOn(here, there, (message: number) => heard.push(message));
    const echo = await spawnOn(here, there, (message: unknown) => message);
    let sessions = 0;
    here.node.cluster.events$.subscribe(({ type }) => {
      if (type === 'session.opened') sessions += 1;
    });
    for (const { node } of [here, there]) node.cluster.setSecrets([NEW, OLD]);

    let sent = 0;
    const answers: unknown[] = [];
    while (sessions === 0 || answers.length < 3_000) {
      for (let i = 0; i < 20; i += 1) {
        ref.send(sent);
        sent += 1;
      }
      answers.push(await echo.ask(sent));
    }
    await ref.ask(sent);

    expect(sessions).toBe(1);
    expect(heard).toEqual(Array.from({ length: sent + 1 }, (_, i) => i));
    expect(answers).toEqual(answers.map((_, i) => (i + 1) * 20));
  });

  test('a message in parts arrives whole', async () => {
    const limits = { secretGraceMs: 200, maxMessageBytes: 8_000_000 };
    const { here, there } = await startPair({ clusterSecret: [OLD, NEW], limits });
    const echo = await spawnOn(here, there, (message: Uint8Array) => message.length);
    let sessions = 0;
    here.node.cluster.events$.subscribe(({ type }) => {
      if (type === 'session.opened') sessions += 1;
    });
    for (const { node } of [here, there]) node.cluster.setSecrets([NEW, OLD]);
    const bytes = new Uint8Array(4_000_000);
    const lengths: unknown[] = [];
    while (sessions === 0 || lengths.length < 20) lengths.push(await echo.ask(bytes));
    expect(lengths).toEqual(lengths.map(() => 4_000_000));
  });
});
