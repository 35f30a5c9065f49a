// Request and reply over a NATS server, which the answering process starts. Messages are packed as a
// user would do it.
import { spawn } from 'node:child_process';
import { Packr } from 'msgpackr';
import { connect } from 'nats';
import { duel } from '../messaging/duel.mjs';

const packr = new Packr({ useRecords: false });
const SUBJECT = 'bench.echo';
const LISTENING = /Listening for client connections on (\S+)/;

/** The address of a server that ends with this process. */
async function startServer() {
  const server = spawn('nats-server', ['--addr', '127.0.0.1', '--port', '-1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => server.kill('SIGKILL'));
  let log = '';
  for await (const text of server.stderr.iterator({ destroyOnReturn: false })) {
    log += text;
    const [, address] = LISTENING.exec(log) ?? [];
    if (address) {
      server.stderr.resume();
      return address;
    }
  }
  throw new Error(`nats-server has not started:\n${log}`);
}

await duel({
  async serve(_, hit) {
    const servers = await startServer();
    const connection = await connect({ servers });
    connection.subscribe(SUBJECT, {
      callback: (_, message) => {
        hit();
        message.respond(packr.pack(packr.unpack(message.data)));
      },
    });
    await connection.flush();
    return servers;
  },

  async connect(servers) {
    const connection = await connect({ servers });
    return {
      ask: async (value) => {
        const { data } = await connection.request(SUBJECT, packr.pack(value), { timeout: 5_000 });
        return packr.unpack(data);
      },
    };
  },
});
