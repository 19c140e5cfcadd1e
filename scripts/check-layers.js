// Checks the rules of .dependency-cruiser.mjs. A TypeScript that the cruiser does not know makes it see no module
// and report success, so the modules it saw are compared with the files on disk.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, format } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import configuration from '../.dependency-cruiser.mjs';
import { root } from './commands.js';

process.chdir(root);

const { options, ...ruleSet } = configuration;
const result = await cruise(
  ['src'],
  { ...options, ruleSet, validate: true },
  {},
  { tsConfig: extractTSConfig(join(root, 'tsconfig.json')) },
);
const cruised = result.output.modules.filter((module) => /^src\/.*\.ts$/.test(module.source)).length;
const onDisk = readdirSync('src', { recursive: true }).filter((path) => path.endsWith('.ts')).length;

if (cruised === 0 || cruised !== onDisk) {
  console.error(
    `dependency-cruiser saw ${cruised} of the ${onDisk} modules in src: does it know this version of TypeScript?`,
  );
  process.exitCode = 1;
} else {
  const report = await format(result.output, { outputType: 'err' });
  console.log(report.output);
  process.exitCode = report.exitCode === 0 ? 0 : 1;
}
