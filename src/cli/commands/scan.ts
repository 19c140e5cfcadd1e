import { basename } from 'node:path';
import type { UnrecognisedReason } from '../../datasets/recognise.ts';
import { EXIT } from '../../errors.ts';
import type { Field } from '../../run/fields.ts';
import { type ExplainedFile, explain, type ScannedFile, type ScanResult, scan } from '../../run/scan.ts';
import { quoted } from '../../system/quoted.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { FileTree } from '../file-tree.ts';
import { counted, fittedCommand, fittedTable, formatBytes, formatCount, listWidth, table, wrap } from '../format.ts';
import { withCommands } from '../named-commands.ts';
import { following } from '../repeated-call.ts';
import { hasUnicode, printable, printWarning, writeResult } from '../terminal.ts';

/** Why no dataset takes what `init` can propose one for. */
const INIT_READS: readonly string[] = ['unknown-shape', 'nedb'] satisfies readonly UnrecognisedReason[];
/** Reasons that a person may not expect, where most files that are no data are known not to be. */
const STRANGE = ['unknown-shape'];
const MOST_STRANGE = 10;
/** Members that a terminal shows. */
const MOST_FIELDS = 200;

const command: Action = async ([given], flags) => {
  const { options, root: configured, toOrigin } = await loadConfiguration(flags, { reads: { root: given } });
  const root = given ?? configured;
  if (options.explain !== undefined) {
    const explained = await explain(Object.freeze({ ...options, root, toOrigin }), options.explain);
    await writeResult(options.json ? [`${JSON.stringify(explained, null, 2)}\n`] : explainedAsText(explained));
    return explained.status === 'recognised' ? EXIT.complete : EXIT.rejected;
  }
  const result = await scan(Object.freeze({ ...options, root, toOrigin }));
  for (const { message } of result.warnings) printWarning(message, options);
  await writeResult(options.json ? asJson(result) : asText(result, root, options.verbose));
  const statuses = new Set<ScannedFile['status']>();
  for (const { status } of result.files()) statuses.add(status);
  const isFine = !statuses.has('failed') && (statuses.has('recognised') || options.allowEmpty);
  return isFine ? EXIT.complete : EXIT.rejected;
};

function* explainedAsText(file: ExplainedFile): Generator<string> {
  yield `${printable(file.path)}\n${wrap(printable(lineFor(file)), '    ', listWidth())}\n\n`;
  const rows = file.datasets.map(({ dataset, takes, reason }) => [dataset, takes ? 'yes' : 'no', printable(reason)]);
  yield `${fittedTable([['dataset', 'takes it', 'why'], ...rows], [2])}\n`;
}

function* asJson({ root, files, fields }: ScanResult): Generator<string> {
  yield `{\n  "root": ${JSON.stringify(root)},\n  "files": [`;
  let between = '\n    ';
  for (const file of files()) {
    yield `${between}${JSON.stringify(file)}`;
    between = ',\n    ';
  }
  yield fields === undefined ? '\n  ]\n}\n' : `\n  ],\n  "fields": ${JSON.stringify(fields, null, 2)}\n}\n`;
}

function* asText({ root, files, fields }: ScanResult, typed: string, isList: boolean): Generator<string> {
  yield* isList ? list(files()) : tree(root, files());
  const totals = new Map<string, { files: number; bytes: number }>();
  let undeclared = 0;
  for (const { dataset, status, reason, bytes } of files()) {
    if (status === 'unrecognised' && INIT_READS.includes(reason)) undeclared++;
    const name = dataset ?? (status === 'failed' ? 'cannot be read' : 'not recognised');
    const total = totals.get(name) ?? { files: 0, bytes: 0 };
    totals.set(name, { files: total.files + 1, bytes: total.bytes + (bytes ?? 0) });
  }
  const rows = [...totals].map(([name, total]) => [name, formatCount(total.files), formatBytes(total.bytes)]);
  yield `\n${table([['dataset', 'files', 'size'], ...rows]).join('\n')}\n`;
  if (fields) yield `\n${fieldTable(fields, isList)}\n`;
  if (!isList) yield '\nWhy each file was taken for what, and who owns it: --verbose\n';
  if (undeclared > 0) yield `\nNext\n${proposal(undeclared, typed)}\n`;
}

function proposal(files: number, root: string): string {
  const what =
    files === 1
      ? 'a file looks like data and is of no dataset; have it declared:'
      : `${formatCount(files)} files look like data and are of no dataset; have them declared:`;
  const why = wrap(what, '  ');
  return `${why}\n${fittedCommand(printable(following(process.argv.slice(2), 'init', quoted(root))))}`;
}

function* list(files: Iterable<ScannedFile>): Generator<string> {
  for (const file of files) yield `${printable(file.path)}\n${wrap(printable(lineFor(file)), '    ', listWidth())}\n`;
}

/** Then the files that somebody should look at, wherever they are in the tree. */
function* tree(root: string, files: Iterable<ScannedFile>): Generator<string> {
  const shown = new FileTree();
  const strange: string[] = [];
  let more = 0;
  for (const file of files) {
    shown.add(printable(file.path), {
      bytes: file.bytes ?? 0,
      label: printable(file.dataset ?? `(${file.explanation})`),
    });
    if (file.status === 'recognised' || !(file.status === 'failed' || STRANGE.includes(file.reason))) continue;
    if (strange.length < MOST_STRANGE)
      strange.push(`${printable(file.path)}: ${printable(withCommands(file.explanation))}`);
    else more++;
  }
  for (const line of shown.lines(printable(basename(root)), hasUnicode())) yield `${line}\n`;
  if (strange.length === 0) return;
  yield '\nLook at\n';
  for (const line of strange) yield `${wrap(line, '  ')}\n`;
  if (more > 0) yield `  and ${formatCount(more)} more\n`;
}

function fieldTable(fields: readonly Field[], isList: boolean): string {
  const types = (field: Field): string =>
    Object.entries(field.types)
      .map(([type, times]) => `${type} ${formatCount(times)}`)
      .join(', ');
  const shown = isList || !process.stdout.isTTY ? fields : fields.slice(0, MOST_FIELDS);
  const rows = shown.map((field) => [
    field.dataset,
    printable(field.pointer),
    types(field),
    field.goes_to,
    field.way_back ?? '',
  ]);
  const more = fields.length - shown.length;
  const rest =
    more > 0 ? `\nand ${counted(more, 'more member')}: --verbose lists ${more === 1 ? 'it' : 'all of them'}` : '';
  return fittedTable([['dataset', 'member', 'types', 'goes to', 'way back'], ...rows], [1, 2, 3, 4]) + rest;
}

function lineFor(file: ScannedFile): string {
  const owner = file.owner === null ? '' : `; owner ${file.owner} (${file.owner_from})`;
  if (file.status === 'recognised') return `${file.dataset}, by ${file.explanation}${owner}`;
  return `${file.status === 'failed' ? 'cannot be read' : 'not data'}: ${withCommands(file.explanation)} (${file.reason})`;
}

export default command;
