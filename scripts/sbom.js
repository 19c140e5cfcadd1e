// `npm run sbom`: what the program is made of when it is installed, as CycloneDX on stdout. `npm sbom --omit dev` alone leaves
// out what a tool for development needs as well (pg, yaml, zod): so it is asked where those tools are not listed at all.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStarted, root } from './commands.js';

function npm(args, cwd) {
  const done = spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (done.status === 0) return done.stdout;
  throw new Error(`npm ${args.join(' ')} failed: ${done.error?.message ?? done.stderr}`);
}

/** The text of the document. Needs no network: the versions are those of package-lock.json. */
export function sbom() {
  const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-sbom-'));
  try {
    const { devDependencies, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // npm names the document after the directory.
    const directory = join(scratch, manifest.name);
    mkdirSync(directory, { recursive: true });
    for (const name of ['package-lock.json', '.npmrc']) copyFileSync(join(root, name), join(directory, name));
    writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
    npm(['install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], directory);
    return npm(['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (isStarted(import.meta.url)) process.stdout.write(sbom());
