import type { PageTable, ProposalPage } from '../../src/reporters/proposal/page.ts';
import { random } from './random.ts';

/** A page of so many tables; each refers to some of those before it. */
export function sampleProposal(count: number, name = (at: number): string => `table_${at}`): ProposalPage {
  const { next } = random(count);
  const tables = Array.from({ length: count }, (_, at): PageTable => {
    const to = Math.floor(next() * at);
    return {
      name: name(at),
      line: at + 1,
      parent: at % 5 === 4 ? at - 1 : undefined,
      source: `${name(at)}.json`,
      rows: at,
      key: 'id',
      columns: [
        { name: 'id', from: '/id', type: 'integer', present: at, shape: `${at} different`, notes: 'unique' },
        { name: name(at), from: `/${name(at)}`, type: 'text', present: at, shape: '', notes: 'required; a `word`' },
      ],
      references:
        at === 0 || at % 7 === 6
          ? []
          : [{ column: 'id', to, kind: (['enforced', 'kept', 'likely'] as const)[at % 3] ?? 'kept' }],
    };
  });
  return {
    root: './data',
    config: 'migrate-json.config.yaml',
    files: count,
    questions: [{ line: 3, of: `${name(0)}.id`, text: 'which one is it? Write `zone`' }],
    tables,
    left: [{ path: name(1), reason: 'the file is empty' }],
  };
}
