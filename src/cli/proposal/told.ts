import type { Inference } from '../../inference/infer.ts';
import type { Addition } from '../../inference/merge.ts';
import { fittedTable, formatCount, hang, listWidth, wrap } from '../format.ts';
import { printable } from '../terminal.ts';
import type { Placed, ProposalView } from './view.ts';

/** Questions that a terminal shows; the page has all of them. */
const MOST_QUESTIONS = 50;

/** What was found, as a table, and what only a person knows. */
export function* told({ left }: Inference, view: ProposalView, isVerbose: boolean): Generator<string> {
  const rows = view.datasets.map((each) => [
    printable(each.name),
    String(each.line),
    formatCount(each.records),
    printable(each.key) || '-',
    formatCount(each.columns),
    each.children.map(printable).join(', ') || '-',
    each.references.map(printable).join(', ') || '-',
    each.questions === 0 ? '-' : formatCount(each.questions),
    printable(each.fileCount === 1 ? each.files : `${formatCount(each.fileCount)} files`),
  ]);
  const head = ['dataset', 'line', 'records', 'key', 'columns', 'children', 'references', 'questions', 'files'];
  if (rows.length > 0) yield `${fittedTable([head, ...rows], [3, 5, 6, 8])}\n`;
  if (left.length > 0) yield '\nNot declared\n';
  for (const { path: file, reason } of left)
    yield `${wrap(`${printable(file)}: ${printable(reason)}`, '  ', listWidth())}\n`;
  yield* questionLines(view, isVerbose);
}

function* questionLines({ questions }: ProposalView, isVerbose: boolean): Generator<string> {
  if (questions.length === 0) return;
  yield '\nQuestions\n';
  const shown = isVerbose ? questions : questions.slice(0, MOST_QUESTIONS);
  for (const { line, about } of shown) yield `${entry(line, `${printable(about.of)}: ${printable(about.text)}`)}\n`;
  const more = questions.length - shown.length;
  if (more > 0) yield `  and ${formatCount(more)} more: --verbose lists all of them\n`;
}

/** What a config that was there did not declare. */
export function* toldAdditions(additions: ProposalView['additions']): Generator<string> {
  const added = additions.filter(({ about: { isReturned, isLeftOut } }) => !isReturned && !isLeftOut);
  const returned = additions.filter(({ about: { isReturned, isLeftOut } }) => isReturned && !isLeftOut);
  const leftOut = additions.filter(({ about: { isLeftOut } }) => isLeftOut);
  yield* list('New', added);
  yield* list('Taken out before, now as comments, for the last time', returned);
  yield* list('New, but there is no place for it that can be written to', leftOut);
}

function* list(title: string, additions: readonly Placed<Addition>[]): Generator<string> {
  if (additions.length > 0) yield `\n${title}\n`;
  for (const { line, about } of additions) yield `${entry(line, wordsFor(about))}\n`;
}

/** `column orders.phone: /phone` */
export function wordsFor({ what, at, name, takes }: Addition): string {
  const of = at.filter((each, index) => index > 0 && !['children', 'columns'].includes(each)).at(-1);
  const isNamed = of === undefined || what === 'child';
  const ofOther = what === 'column' ? `${of}.${name}` : of;
  const full = isNamed ? name : ofOther;
  const kind = { dataset: 'dataset', column: 'column', child: 'table', files: 'files of', exclude: 'no file of' }[what];
  return printable(`${kind} ${full}: ${takes}`);
}

export function entry(line: number, text: string): string {
  const number = String(line).padStart(5);
  return `${number}  ${hang(text, number.length + 2, listWidth())}`;
}

/** One document for programs. */
export function asJson({ left, files, text }: Inference, view: ProposalView, config: string | undefined): string {
  const document = {
    ...(config === undefined ? { proposal: text } : { config }),
    files,
    datasets: view.datasets.map(({ fileCount, files: _files, ...each }) => ({ ...each, files: fileCount })),
    questions: view.questions.map(({ line, about }) => ({ line, ...about })),
    added: view.additions.map(({ line, about: { what, at, name, takes, isReturned, isLeftOut } }) => ({
      line,
      what,
      at: [...at, name],
      takes,
      commented_out: isReturned,
      left_out: isLeftOut,
    })),
    not_declared: left.map(({ path, reason, isDamaged }) => ({ path, reason, damaged: isDamaged })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
