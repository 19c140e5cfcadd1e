#!/usr/bin/env node
// Written so that old versions of Node can still parse it: they must reach the message below, not a syntax error.
import fs from 'fs';
import { fileURLToPath } from 'url';

const MINIMUM = [22, 15];

function isTooOld(version) {
  const parts = version.split('.').map(Number);
  return parts[0] < MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] < MINIMUM[1]);
}

function stop(message, exitCode) {
  process.stderr.write(message + '\n');
  process.exitCode = exitCode;
}

function start() {
  const version = process.versions.node;
  if (isTooOld(version)) {
    stop(
      'migrate-json needs Node ' +
        MINIMUM.join('.') +
        ' or newer; this is ' +
        version +
        '. Install a newer Node, or run it through npx in the repository, which brings Node 24.',
      2
    );
    return;
  }
  const program = new URL('../dist/main.js', import.meta.url);
  if (!fs.existsSync(fileURLToPath(program))) {
    stop('migrate-json is not built yet. Run this in the repository first: npm run build', 2);
    return;
  }
  import(program.href)
    .then(function (loaded) {
      return loaded.main();
    })
    .catch(function (error) {
      const lost = error && error.code === 'ERR_MODULE_NOT_FOUND';
      const hint = lost
        ? 'Something is not installed: npm ci, then npm run build.'
        : 'This is a bug: please report it.';
      stop(
        'migrate-json could not start: ' + String((error && error.message) || error).split('\n')[0] + '\n' + hint,
        70
      );
    });
}

start();
