// Taken at import, so that fake timers installed later do not hold it up.
const { setImmediate } = globalThis;

let turn = 0;
let isCounting = false;

/** A number that is another one after the sockets that are readable now have been read. */
export function currentTurn(): number {
  if (!isCounting) {
    isCounting = true;
    setImmediate(() => {
      isCounting = false;
      turn += 1;
    });
  }
  return turn;
}
