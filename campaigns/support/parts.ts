/** Parts of a node that campaigns use by themselves; the build makes dist/parts.js of it. */
export { Actors } from '../../src/actors/actors.ts';
export { LocalCluster } from '../../src/api/cluster.ts';
export { systemPorts } from '../../src/api/default-ports.ts';
export { systemKeys } from '../../src/system/keys.ts';
export { decode, encode } from '../../src/wire/codec.ts';
export { FRAME, FrameReader, frame, HEADER_BYTES } from '../../src/wire/frame.ts';
export { AcceptorHandshake, DialerHandshake, STATUS } from '../../src/wire/handshake.ts';
export { decodeControl, encodeControl } from '../../src/wire/messages.ts';
export { Opener, Sealer } from '../../src/wire/record.ts';
