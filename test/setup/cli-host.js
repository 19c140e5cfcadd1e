// Runs the built program again and again in one process: to start it takes longer than most of what tests ask of it.
// Each message is a call, `{ args, cwd, env }`; the answer is `{ code, stdout, stderr }`. Started by cli.ts.
import { Writable } from 'node:stream';

const { main } = await import('../../dist/main.js');
const [node, bin] = [process.execPath, process.argv[2]];

/** Takes the place of stdout or stderr until `text` is asked for. */
function collect(name) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  Object.defineProperty(process, name, { configurable: true, value: stream });
  return () => Buffer.concat(chunks).toString();
}

function useEnvironment(env) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

process.on('message', async ({ args, cwd, env }) => {
  useEnvironment(env);
  process.chdir(cwd);
  process.argv = [node, bin, ...args];
  const stdout = collect('stdout');
  const stderr = collect('stderr');
  await main(process.argv);
  const code = process.exitCode;
  process.exitCode = undefined;
  process.chdir('/');
  process.send({ code, stdout: stdout(), stderr: stderr() });
});
process.send('ready');
