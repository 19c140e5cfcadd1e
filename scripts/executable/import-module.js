// In the executable `import` knows Node's own modules only; `require` reads files, ES modules and TypeScript among them.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

export async function importModule(path) {
  return createRequire(resolve(path))(resolve(path));
}
