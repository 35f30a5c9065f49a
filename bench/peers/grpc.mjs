// Unary calls of gRPC over one HTTP/2 connection, messages of Protocol Buffers.
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { duel } from '../messaging/duel.mjs';

const definition = loader.loadSync(fileURLToPath(new URL('echo.proto', import.meta.url)));
const { Echo } = grpc.loadPackageDefinition(definition).bench;

await duel({
  async serve(_, hit) {
    const server = new grpc.Server();
    server.addService(Echo.service, {
      Ask: ({ request }, answer) => {
        hit();
        answer(null, request);
      },
    });
    const bind = promisify(server.bindAsync.bind(server));
    return bind('127.0.0.1:0', grpc.ServerCredentials.createInsecure());
  },

  async connect(port) {
    const client = new Echo(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    return { ask: promisify(client.Ask.bind(client)) };
  },
});
