/** Cuts and weather between nodes, wherever they live just now. */
import type { Simulation } from '../../src/testing/simulation.ts';
import type { Direction, Weather } from './step.ts';

/** Tells how far a cut is still wanted by somebody, when several overlap. */
export class Climate {
  readonly #sim: Simulation;
  readonly #cuts = new Map<string, { readonly path: Direction; count: number }>();
  readonly #weather = new Map<string, { readonly path: Direction; readonly weather: Weather }>();
  readonly #slow = new Map<number, number>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** True when the path was whole before. */
  cut(path: Direction): boolean {
    const cut = this.#cuts.get(`${path}`) ?? { path, count: 0 };
    this.#cuts.set(`${path}`, cut);
    cut.count += 1;
    if (cut.count > 1) return false;
    this.#sim.network.cutOneWay(...this.#addresses(path));
    return true;
  }

  /** True when the path is whole now. */
  mend(path: Direction): boolean {
    const cut = this.#cuts.get(`${path}`);
    if (!cut) return false;
    cut.count -= 1;
    if (cut.count > 0) return false;
    this.#cuts.delete(`${path}`);
    const [from, to] = this.#addresses(path);
    this.#sim.network.heal(from, to);
    if (this.#cuts.has(`${[path[1], path[0]]}`)) this.#sim.network.cutOneWay(to, from);
    return true;
  }

  setWeather(path: Direction, weather: Weather | null): void {
    const [from, to] = this.#addresses(path);
    if (weather) {
      this.#weather.set(`${path}`, { path, weather });
      this.#sim.network.setConditions(from, to, weather);
    } else if (this.#weather.delete(`${path}`)) this.#sim.network.setConditions(from, to);
  }

  setSlow(node: number, bytesPerSecond: number | null): void {
    if (bytesPerSecond === null) this.#slow.delete(node);
    else this.#slow.set(node, bytesPerSecond);
    this.#sim.network.slowReceiver(this.#address(node), bytesPerSecond);
  }

  /** A node lives somewhere else now. */
  moved(): void {
    const { network } = this.#sim;
    network.restore();
    for (const { path } of this.#cuts.values()) network.cutOneWay(...this.#addresses(path));
    for (const { path, weather } of this.#weather.values()) {
      network.setConditions(...this.#addresses(path), weather);
    }
    for (const [node, bytesPerSecond] of this.#slow) {
      network.slowReceiver(this.#address(node), bytesPerSecond);
    }
  }

  calm(): void {
    this.#cuts.clear();
    this.#weather.clear();
    this.#slow.clear();
    this.#sim.network.restore();
  }

  #addresses([from, to]: Direction): readonly [string, string] {
    return [this.#address(from), this.#address(to)];
  }

  #address(node: number): string {
    return this.#sim.node(`n${node}`).address;
  }
}
