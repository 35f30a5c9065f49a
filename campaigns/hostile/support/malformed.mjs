// Frames that no sound node sends, by class; each is what one connection says.
import { FRAME, frame, HEADER_BYTES } from '../../../dist/parts.js';
import { handshakeOf, wrongProof } from './stranger.mjs';

const MAGIC_AT = HEADER_BYTES;
const PRE_AUTH_BYTES = 1_024;

/**
 * @typedef {object} Malformed
 * @property {Uint8Array[]} says One after the other; from the second on after the node's answer.
 * @property {boolean} [leaves] Ends its half of the connection after that.
 */

export class Malformed {
  #random;
  #recorded;
  #classes;

  /** `recorded`: the dialer's frames of handshakes that were in order. */
  constructor(random, recorded) {
    this.#random = random;
    this.#recorded = recorded;
    this.#classes = [
      () => this.#header(0),
      () => this.#header(0x8000_0000 + this.#below(0x7fff_ffff)),
      () => this.#header(0xffff_ffff),
      () => this.#header(PRE_AUTH_BYTES + 1 + this.#below(70_000)),
      () => [new Uint8Array(6)],
      () => [frame(FRAME.hello, Buffer.concat([Buffer.from('CMSX'), random.bytes(150)]))],
      () => [frame(FRAME.hello, random.bytes(this.#below(PRE_AUTH_BYTES)))],
      () => [frame(this.#below(256), random.bytes(this.#below(200)))],
      () => [frame(2 + this.#below(17), random.bytes(32))],
      () => [random.bytes(1 + this.#below(300))],
      () => [Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
      () => [Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03)],
      () => [this.#hello().subarray(0, this.#below(150))],
      () => [this.#overwritten(this.#hello())],
      () => [this.#lengthened(this.#hello())],
      () => [this.#shortened(this.#hello())],
      () => [Buffer.concat([this.#hello(), random.bytes(1 + this.#below(500))])],
      () => [Buffer.concat([this.#hello(), this.#hello()])],
      () => [this.#hello(), random.bytes(1 + this.#below(100))],
      () => [this.#hello(), frame(FRAME.prove, random.bytes(this.#below(100)))],
      () => [this.#hello(), wrongProof()],
      () => this.#flipped(),
      () => this.#spliced(),
    ];
  }

  get classes() {
    return this.#classes.length;
  }

  next() {
    const says = this.#classes[this.#below(this.#classes.length)]();
    return { says, leaves: this.#random.float() < 0.5 };
  }

  #below(limit) {
    return Math.floor(this.#random.float() * limit);
  }

  #hello() {
    return handshakeOf('evil').hello();
  }

  #header(length) {
    const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), this.#random.bytes(this.#below(64))]);
    bytes.writeUInt32BE(length % 2 ** 32);
    bytes[4] = [1, 2, 3, 4, 5, 16, 17, 18][this.#below(8)];
    return [bytes];
  }

  /** One to four bytes of any field, lengths included. */
  #overwritten(hello) {
    const bytes = new Uint8Array(hello);
    const at = MAGIC_AT + this.#below(bytes.length - MAGIC_AT);
    bytes.set(this.#random.bytes(1 + this.#below(4)).subarray(0, bytes.length - at), at);
    return bytes;
  }

  #lengthened(hello) {
    const more = this.#random.bytes(1 + this.#below(300));
    return frame(FRAME.hello, Buffer.concat([hello.subarray(HEADER_BYTES), more]));
  }

  #shortened(hello) {
    return frame(FRAME.hello, hello.subarray(HEADER_BYTES, -1 - this.#below(100)));
  }

  #flipped() {
    const [hello, proof] = this.#anyRecorded();
    const [bytes, other] = this.#random.float() < 0.5 ? [hello, proof] : [proof, hello];
    const flipped = new Uint8Array(bytes);
    const bit = this.#below(8 * flipped.length);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    return bytes === hello ? [flipped, other] : [other, flipped];
  }

  #spliced() {
    return [this.#anyRecorded()[0], this.#anyRecorded()[1]];
  }

  #anyRecorded() {
    return this.#recorded[this.#below(this.#recorded.length)];
  }
}
