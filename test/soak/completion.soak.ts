import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';

test('who pressed Tab waits no longer than a few seconds for a server that is silent', async () => {
  const sockets = new Set<{ destroy(): unknown }>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  const result = await runCli(['__complete', 'runs', '--to', `postgres://me@127.0.0.1:${port}/app`]);
  expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(performance.now() - began).toBeLessThan(6000);
});
