import { isUnexplained } from '../../datasets/recognise.ts';
import { compileFilePattern } from '../../declarations/file-pattern.ts';
import { Misspelt } from '../../declarations/source.ts';
import { readYaml } from '../../declarations/yaml-text.ts';
import { EXIT, MigrateError } from '../../errors.ts';
import { type DeclaredDataset, declaredIn, placeOfMember } from '../../inference/declared.ts';
import type { Inference } from '../../inference/infer.ts';
import { pointerTokens } from '../../json/pointer.ts';
import type { FileReport, Report } from '../../report/report.ts';
import { validate } from '../../run/migrate.ts';
import { formatCount } from '../format.ts';
import { withCommands } from '../named-commands.ts';
import { printable, writeResult } from '../terminal.ts';
import type { ProposalConfig } from './config.ts';
import { entry, wordsFor } from './told.ts';
import type { ProposalView } from './view.ts';

/** Something of the data that the config does not fit any more. */
interface Misfit {
  readonly line: number;
  readonly text: string;
}

/** Whether the data still fits the config, for CI: exit code 1 where it does not. Writes nothing. */
export async function checkProposal(
  { left }: Inference,
  { additions }: ProposalView,
  config: ProposalConfig,
): Promise<number> {
  const { existing, path, options, root, obstacle } = config;
  if (existing === undefined)
    throw new MigrateError(
      'usage',
      `there is nothing to check in ${printable(path)}: ${obstacle ?? 'it does not exist'}`,
      {
        hint: 'Run `migrate-json init` first.',
      },
    );
  const found = additions.filter(({ about }) => !about.isReturned);
  const settings = { ...options, report: [], rejects: undefined, metricsFile: undefined, root, toOrigin: undefined };
  const report = await validate(Object.freeze(settings));
  const isYaml = obstacle === undefined;
  const patterns = found.flatMap(({ about }) => (about.what === 'dataset' ? [about.takes] : []));
  const misfits = [
    ...found.map(({ line, about }): Misfit => ({ line, text: `new ${wordsFor(about)}` })),
    ...fileMisfits(report, patterns),
    ...(await recordMisfits(report, config)),
  ].map((misfit) => (isYaml ? misfit : { ...misfit, line: 0 }));
  report.close();
  const damaged = left.filter(
    ({ isDamaged, path: file }) => isDamaged && !misfits.some(({ text }) => text.startsWith(`${printable(file)}:`)),
  );
  const all = [
    ...misfits,
    ...damaged.map(({ path: file, reason }) => ({ line: 0, text: `${printable(file)}: ${printable(reason)}` })),
  ];
  await writeResult(
    options.json
      ? [`${JSON.stringify({ fits: all.length === 0, misfits: all }, null, 2)}\n`]
      : asText(all, path, isYaml),
  );
  return all.length === 0 ? EXIT.complete : EXIT.rejected;
}

function* asText(misfits: readonly Misfit[], path: string, isYaml: boolean): Generator<string> {
  if (misfits.length === 0) {
    yield `the data fits ${printable(path)}\n`;
    return;
  }
  yield `The data does not fit ${printable(path)} any more\n`;
  for (const { line, text } of misfits) yield line === 0 ? `       ${text}\n` : `${entry(line, text)}\n`;
  yield withCommands(
    isYaml
      ? '\nTo add what is new: `migrate-json init`\n'
      : '\nTo see all of it declared: `migrate-json init --print`\n',
  );
}

/** Files that no dataset takes, and files that cannot be read. */
function* fileMisfits(report: Report, isNew: readonly string[]): Generator<Misfit> {
  const patterns = isNew.map((pattern) => compileFilePattern(pattern));
  for (const { path, status, reason } of report.files()) {
    const isOfNew = patterns.some((pattern) => !(pattern instanceof Misspelt) && pattern.match(path) !== undefined);
    if (status === 'unrecognised' && isUnexplained(reason) && !isOfNew)
      yield { line: 0, text: `${printable(path)}: no dataset takes it` };
  }
}

/** What is rejected, by the line that says what it should be. */
async function recordMisfits(report: Report, { existing, options }: ProposalConfig): Promise<readonly Misfit[]> {
  const declared = await declaredIn(options.registry);
  const { placeOf } = readYaml(existing?.text ?? '', '');
  const counts = new Map<string, { line: number; text: string; times: number }>();
  for (const file of report.files()) {
    for (const { code, pointer, line, message } of file.rejects) {
      const at = placeIn(declared, file, pointer);
      const key = JSON.stringify([at, code]);
      const known = counts.get(key);
      const where = [printable(file.path), line].filter((part) => part !== null).join(':');
      const name = at.filter((each, index) => index > 0 && !['children', 'columns'].includes(each)).join('.');
      if (known !== undefined) known.times++;
      else
        counts.set(key, {
          line: at.length === 0 ? 0 : (placeOf(at).line ?? 0),
          text:
            name === ''
              ? `${where}: ${code}, ${printable(message)}`
              : `${printable(name)}: ${code}, first at ${where}${printable(pointer)}: ${printable(message)}`,
          times: 1,
        });
    }
  }
  return [...counts.values()].map(({ line, text, times }) => ({
    line,
    text: times === 1 ? text : `${text} (${formatCount(times)} times)`,
  }));
}

function placeIn(declared: readonly DeclaredDataset[], file: FileReport, pointer: string): readonly string[] {
  const names = Object.keys(file.datasets ?? { [file.dataset ?? '']: true });
  const own = declared.filter(({ plan }) => names.includes(plan.name));
  const tokens = pointerTokens(pointer) ?? [];
  const places = own.map((each) => placeOfMember(each, tokens));
  return places.find((at) => at.length > 2) ?? (own.length === 1 ? (places[0] ?? []) : []);
}
