import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, MigrateError } from '../../errors.ts';
import { realRoot } from '../../files/real-root.ts';
import { writeFileSafely } from '../../files/safe-write.ts';
import { type Inference, infer } from '../../inference/infer.ts';
import { proposalPage } from '../../reporters/proposal/proposal.ts';
import { quoted } from '../../system/quoted.ts';
import type { Action } from '../action.ts';
import { counted } from '../format.ts';
import { boundMemory } from '../memory.ts';
import { Progress } from '../progress.ts';
import { checkProposal } from '../proposal/check.ts';
import { type ProposalConfig, proposalConfig, refuseOpenDirectory, rootName } from '../proposal/config.ts';
import { misfitOf, proposedStatements } from '../proposal/ddl.ts';
import { explained } from '../proposal/explained.ts';
import { pageOf } from '../proposal/page.ts';
import { recipeConfig } from '../proposal/recipes.ts';
import { tablesThere } from '../proposal/tables-there.ts';
import { asJson, told, toldAdditions } from '../proposal/told.ts';
import { type ProposalView, viewOf } from '../proposal/view.ts';
import { following } from '../repeated-call.ts';
import { printable, printWarning, writeDocument, writeResult } from '../terminal.ts';

/** What reads a proposal and writes no config. */
const READERS = ['print', 'check', 'explain', 'ddl'] as const;

const command: Action = async ([given], { database, ...flags }) => {
  boundMemory();
  const asked = READERS.filter((key) => flags[key] !== undefined);
  if (asked.length > 1)
    throw new MigrateError('usage', `--${asked.join(' and --')} are asked for: one of them at a time`);
  const config = await proposalConfig(given, flags);
  const { options, path, existing, root } = config;
  const begun = existing ?? (await recipeConfig(config));
  const reports = reportPaths(flags['report']);
  const isToWrite = asked.length === 0 && config.obstacle === undefined;
  if (isToWrite) refuseOpenDirectory(path);
  const tables = options.check ? [] : await tablesThere(config);
  const progress = await Progress.begin(options, 'read');
  const found = await infer(realRoot(root), options, {
    outputs: [path, ...reports].map((each) => resolve(each)),
    rootName: rootName(root, path),
    listener: progress.listener,
    tables,
    ...(begun && { existing: begun }),
  }).finally(() => progress.stop());
  if (found.files + found.taken === 0) return nothingThere(found, config);
  if (options.check) return await checkProposal(found, viewOf(found, existing?.text ?? ''), config);
  if (options.explain !== undefined) {
    await writeResult([explained(found, options.explain, options.json)]);
    return EXIT.complete;
  }
  if (options.ddl) {
    await writeResult((await proposedStatements(found, config, database)).map((statement) => `${statement};\n`));
    return EXIT.complete;
  }
  return await propose(found, config, reports);
};

/** Writes the proposal, or prints it where that is asked for or nothing may be written. */
async function propose(found: Inference, config: ProposalConfig, reports: readonly string[]): Promise<number> {
  const { options, path } = config;
  const view = viewOf(found, found.text);
  const damaged = found.left.filter(({ isDamaged }) => isDamaged);
  for (const report of reports) await writeFileSafely(report, proposalPage(pageOf(found, view, config)));
  const obstacle = config.obstacle ?? (await misfitOf(found, config));
  if (!options.print && obstacle === undefined) await write(found, view, config);
  else {
    if (!options.print)
      printWarning(`nothing is written to ${printable(path)}: ${obstacle}. The proposal follows`, options);
    await (options.json ? writeResult([asJson(found, view, undefined)]) : writeDocument([found.text]));
    for (const { path: file, reason } of damaged) printWarning(`${printable(file)}: ${printable(reason)}`, options);
  }
  return damaged.length === 0 ? EXIT.complete : EXIT.rejected;
}

/** Only those that were typed: `report` of a config is for runs. */
function reportPaths(typed: unknown): readonly string[] {
  const paths = Array.isArray(typed) ? typed.map(String) : [];
  const other = paths.find((each) => !each.endsWith('.html'));
  if (other !== undefined)
    throw new MigrateError('usage', `the report of a proposal is a page: ${printable(other)} does not end in .html`);
  return paths;
}

function nothingThere({ left }: Inference, { root, options }: ProposalConfig): number {
  printWarning(`there is no JSON file below ${printable(root)} that can be read: nothing is proposed`, options);
  for (const { path: file, reason } of left) printWarning(`${printable(file)}: ${printable(reason)}`, options);
  return EXIT.rejected;
}

async function write(found: Inference, view: ProposalView, config: ProposalConfig): Promise<void> {
  const { path, existing, options, root } = config;
  const isChanged = found.text !== existing?.text;
  // The rights that a person gave the file stay.
  if (isChanged) await writeFileSafely(path, found.text, existing && statSync(path).mode & 0o777);
  const full = resolve(path);
  if (options.json) return await writeResult([asJson(found, view, full)]);
  const kept = isChanged ? 'Added to' : 'Nothing is new. As it was';
  const ended = existing === undefined ? 'The proposal' : kept;
  const filesRead = `${counted(found.files, 'file')} ${found.files === 1 ? 'was' : 'were'} read.`;
  const known = `${counted(found.taken, 'file')} ${found.taken === 1 ? 'is' : 'are'} known`;
  const byRecipes = found.taken === 0 ? '' : `${known} by ${recipesIn(found.text)}. `;
  await writeResult([
    ...told(found, view, options.verbose),
    ...toldAdditions(view.additions),
    `\n${byRecipes}${found.files === 0 && found.taken > 0 ? '' : `${filesRead} `}${ended}: ${printable(full)}\n`,
    `Next: look at it, then\n  ${following(process.argv.slice(2), 'run', quoted(root), '--dry-run')}\n`,
  ]);
}

/** `recipes: [council]`, as the config says it. */
function recipesIn(text: string): string {
  return /^recipes:.*$/m.exec(text)?.[0] ?? 'recipes';
}

export default command;
