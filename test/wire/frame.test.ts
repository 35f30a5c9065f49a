import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME, type FrameError, FrameReader, frame } from '../../src/wire/frame.ts';

function readAll(chunks: readonly Uint8Array[], limitBytes = 1_000) {
  const reader = new FrameReader(limitBytes);
  const frames: [number, string][] = [];
  let error: FrameError | null = null;
  for (const chunk of chunks) {
    error = reader.push(chunk, (type, body) => {
      frames.push([type, Buffer.from(body).toString('hex')]);
      return true;
    });
  }
  return { frames, error, bufferedBytes: reader.bufferedBytes };
}

function chopped(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

describe('a frame', () => {
  test('is its length, its type and its body', () => {
    expect(Buffer.from(frame(FRAME.control, Uint8Array.of(0xaa, 0xbb))).toString('hex')).toBe(
      '0000000210aabb',
    );
  });

  test('may be empty', () => {
    expect(readAll([frame(FRAME.rekey, new Uint8Array(0))]).frames).toEqual([[18, '']]);
  });
});

describe('reading', () => {
  const stream = Buffer.from('0000000210aabb' + '0000000012' + '0000000311010203', 'hex');
  const expected = [
    [16, 'aabb'],
    [18, ''],
    [17, '010203'],
  ];

  test.each([1, 2, 3, 4, 5, 6, 7, 100])('gives the same frames in chunks of %i bytes', (size) => {
    expect(readAll(chopped(stream, size))).toEqual({
      frames: expected,
      error: null,
      bufferedBytes: 0,
    });
  });

  test('gives the same frames however the bytes are chopped', () => {
    const type = fc.constantFrom(...Object.values(FRAME));
    const frames = fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 900 })), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(1_200), { maxLength: 40 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(([type, body]) => frame(type, body)));
        const bounds = [...cuts.filter((cut) => cut < bytes.length), 0, bytes.length];
        bounds.sort((a, b) => a - b);
        const chunks = bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
        const got = readAll(chunks);
        expect(got.frames).toEqual(sent.map(([t, body]) => [t, Buffer.from(body).toString('hex')]));
        expect(got.bufferedBytes).toBe(0);
      }),
    );
  });

  test('a chunk may be overwritten after it was taken', () => {
    const reader = new FrameReader(100);
    const chunk = Buffer.from('0000000210aa', 'hex');
    reader.push(chunk, () => true);
    chunk.fill(0xff);
    const bodies: string[] = [];
    reader.push(Uint8Array.of(0xbb), (_, body) => {
      bodies.push(Buffer.from(body).toString('hex'));
      return true;
    });
    expect(bodies).toEqual(['aabb']);
  });

  test('counts the bytes of an unfinished frame', () => {
    expect(readAll([Buffer.from('0000000910aabb', 'hex')]).bufferedBytes).toBe(7);
    expect(readAll([Buffer.from('000000', 'hex')]).bufferedBytes).toBe(3);
  });

  test('stops for good when it is told to', () => {
    const reader = new FrameReader(100);
    const types: number[] = [];
    const take = (type: number) => {
      types.push(type);
      return false;
    };
    expect(reader.push(stream, take)).toBe(null);
    expect(reader.push(stream, take)).toBe(null);
    expect(types).toEqual([16]);
    expect(reader.bufferedBytes).toBe(0);
  });

  test('a limit raised during a frame holds for the next one in the same chunk', () => {
    const reader = new FrameReader(1);
    const lengths: number[] = [];
    const bytes = Buffer.from('0000000104aa' + '0000000310010203', 'hex');
    const error = reader.push(bytes, (_, body) => {
      lengths.push(body.length);
      reader.limitBytes = 3;
      return true;
    });
    expect([error, lengths]).toEqual([null, [1, 3]]);
  });
});

describe('a bad header', () => {
  const at = (hex: string, limitBytes: number) => readAll([Buffer.from(hex, 'hex')], limitBytes);

  test('is refused by its length alone', () => {
    expect(at('0000000310', 2)).toEqual({ frames: [], error: 'too_large', bufferedBytes: 0 });
    expect(at('0000000210', 2)).toEqual({ frames: [], error: null, bufferedBytes: 5 });
  });

  test.each([
    ['4 GiB', 'ffffffff10'],
    ['the sign bit', '8000000010'],
    ['HTTP', Buffer.from('GET / HTTP/1.1').toString('hex')],
  ])('is refused: %s', (_, hex) => {
    expect(at(hex, 65_573).error).toBe('too_large');
  });

  test.each([
    ['a greeting', '160301020001'],
    ['an alert', '15030300020250'],
  ])('is known for TLS: %s', (_, hex) => {
    expect(at(hex, 1_024).error).toBe('tls');
  });

  test('is refused for a type nobody sends', () => {
    expect(at('000000000000', 100).error).toBe('unknown_type');
    expect(at('0000000015', 100).error).toBe('unknown_type');
  });

  test('is refused when it comes byte by byte, and nothing is read after it', () => {
    const bytes = Buffer.from('0000000910' + '0000000012', 'hex');
    expect(readAll(chopped(bytes, 1), 8)).toEqual({
      frames: [],
      error: 'too_large',
      bufferedBytes: 0,
    });
  });
});

test('a large frame in small pieces is read in linear time', () => {
  const bytes = frame(FRAME.data, new Uint8Array(1_048_576).fill(7));
  const { frames } = readAll(chopped(bytes, 7), 1_048_576);
  expect(frames.map(([type, hex]) => [type, hex.length / 2])).toEqual([[17, 1_048_576]]);
});
