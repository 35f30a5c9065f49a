// On what a benchmark was run: figures of different machines are not compared.
import { readFileSync } from 'node:fs';
import os from 'node:os';

export function machine() {
  return {
    cpu: os.cpus()[0].model,
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    node: process.version,
    chartmesh: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url))).version,
    date: new Date().toISOString().slice(0, 10),
  };
}
