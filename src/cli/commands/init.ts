import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { EXIT, MigrateError } from '../../errors.ts';
import { writeFileSafely } from '../../files/safe-write.ts';
import { type Inference, infer } from '../../inference/infer.ts';
import { realRoot } from '../../run/preconditions.ts';
import type { Action } from '../action.ts';
import { CONFIG_FILES } from '../config-file.ts';
import { loadConfiguration } from '../configuration.ts';
import { formatCount, listWidth, table, wrap } from '../format.ts';
import { line } from '../repeated-call.ts';
import { plain, printWarning, writeResult } from '../terminal.ts';

const PROPOSED = 'migrate-json.config.yaml';

const command: Action = async ([root = './data'], { config, ...flags }) => {
  const named = typeof config === 'string' ? config : undefined;
  if (named !== undefined && !['.yaml', '.yml'].includes(extname(named)))
    throw new MigrateError('usage', 'a proposal is written as YAML: name a file that ends in .yaml');
  const path = named ?? PROPOSED;
  const there = [named ?? CONFIG_FILES]
    .flat()
    .filter((name) => lstatSync(name, { throwIfNoEntry: false }) !== undefined);
  const { options } = await loadConfiguration(named !== undefined && existsSync(named) ? { ...flags, config } : flags);
  const isPrinted = options.print || there.length > 0;
  if (!isPrinted) refuseOpenDirectory(dirname(resolve(path)));
  const found = await infer(realRoot(root), options, [resolve(path)]);
  if (found.files === 0) {
    printWarning(`there is no JSON file below ${plain(root)} that can be read: nothing is proposed`, options);
    for (const { path: file, reason } of found.left) printWarning(`${plain(file)}: ${plain(reason)}`, options);
    return EXIT.rejected;
  }
  if (isPrinted) {
    if (there.length > 0 && !options.print)
      printWarning(`${there.join(', ')} is there already, and stays as it is: the proposal follows`, options);
    await writeResult(options.json ? asJson(found, undefined) : [found.text]);
  } else {
    await writeFileSafely(path, found.text);
    await writeResult(options.json ? asJson(found, resolve(path)) : told(found, resolve(path), root, named));
  }
  const damaged = found.left.filter(({ isDamaged }) => isDamaged);
  if (isPrinted)
    for (const { path: file, reason } of damaged) printWarning(`${plain(file)}: ${plain(reason)}`, options);
  return damaged.length === 0 ? EXIT.complete : EXIT.rejected;
};

/** Whoever may write there could put another config in its place, which may name functions. */
function refuseOpenDirectory(directory: string): void {
  const mode = statSync(directory, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o002) === 0) return;
  throw new MigrateError('usage', `everybody may write into ${directory}: no config file is written there`, {
    hint: 'Change into a directory of your own, or name a file in one with --config.',
  });
}

/** Where the proposal was written, else itself. */
function asJson({ datasets, left, files, text }: Inference, config: string | undefined): string[] {
  const document = {
    ...(config === undefined ? { proposal: text } : { config }),
    files,
    datasets: datasets.map(({ table: name, draft, columns, children, group }) => ({
      name,
      records: draft.rows,
      columns: columns.length,
      children: children.length,
      files: group.paths.count,
    })),
    not_declared: left.map(({ path, reason, isDamaged }) => ({ path, reason, damaged: isDamaged })),
  };
  return [`${JSON.stringify(document, null, 2)}\n`];
}

function* told(
  { datasets, left, files }: Inference,
  path: string,
  root: string,
  named: string | undefined,
): Generator<string> {
  const rows = datasets.map(({ table: name, draft, columns, children, group }) => [
    plain(name),
    formatCount(draft.rows),
    formatCount(columns.length),
    formatCount(children.length),
    plain(group.paths.count === 1 ? group.paths.first : `${formatCount(group.paths.count)} files`),
  ]);
  if (rows.length > 0)
    yield `${table([['dataset', 'records', 'columns', 'children', 'files'], ...rows], [4]).join('\n')}\n`;
  if (left.length > 0) yield '\nNot declared\n';
  for (const { path: file, reason } of left) yield `${wrap(`${plain(file)}: ${plain(reason)}`, '  ', listWidth())}\n`;
  yield `\n${formatCount(files)} files were read. The proposal: ${plain(path)}\n`;
  const config = named === undefined ? '' : `--config ${named}`;
  yield `Next: look at it, then\n  ${line('run', root, '--dry-run', config)}\n`;
}

export default command;
