import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PLACES = [
  '*.md',
  'docs/**/*',
  'examples/**/*',
  'deploy/**/*',
  'scripts/**/*',
  'man/*',
  'src/**/*.ts',
  '.github/**/*.yml',
];

/** The package `migrate-json` on npm is a stranger's. */
const FETCHES = [
  /\bnpx (?!--no-install )(?:-\S+ )*migrate-json\b/,
  /\bnpm (?:i|install|add|exec|x) (?:.* )?migrate-json(?:@\S+)?(?=\s*(?:$|[`#;&|]))/m,
  /\b(?:yarn|pnpm|bun) (?:add|dlx|x|global add) (?:.* )?migrate-json\b/,
  /(?:from|import\(|require\() ?'migrate-json'/,
];

test('the package has a name of its own, the command is migrate-json', () => {
  const { name, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect([name, Object.keys(bin)]).toEqual(['@migrate-json/cli', ['migrate-json']]);
});

test('no document and no program fetches the package of that name from npm', () => {
  const files = globSync(PLACES, { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(300);
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'utf8');
    for (const pattern of FETCHES) expect(pattern.exec(text)?.[0], `${name} has ${pattern}`).toBeUndefined();
  }
});

test.each(['npx migrate-json run', 'npx -y migrate-json', 'npm install migrate-json', 'npm i -g migrate-json # then'])(
  'the test would see %s',
  (text) => {
    expect(FETCHES.some((pattern) => pattern.test(text))).toBe(true);
  },
);
