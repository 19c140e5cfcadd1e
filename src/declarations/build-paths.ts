import type { Way } from '../json/pointer.ts';
import { conditionProblems } from './conditions.ts';
import { compileFilePattern, type FilePattern } from './file-pattern.ts';
import type { ChildDeclaration, Condition } from './language.ts';
import type { Problems } from './problem.ts';
import type { Place } from './record-draft.ts';
import { Misspelt, type RecordPath, readPath, readSource } from './source.ts';

/** Paths, patterns and conditions as they are spelled, with what is wrong with them. */
export class PathBuilder {
  private readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  ignored(text: string, at: Place): Way {
    const source = readSource(text.replace(/\/\*$/, ''));
    if (!(source instanceof Misspelt) && source.of === 'record') return source.way;
    this.problems.add(at, `name members by pointer, such as /${text.replace(/^\W+/, '')}`);
    return [];
  }

  childPath(child: ChildDeclaration, at: Place): RecordPath {
    const path = readPath(child.records);
    if (path instanceof Misspelt) {
      this.problems.add([...at, 'records'], path.problem);
      return { steps: [], captures: [] };
    }
    const first = path.steps.findIndex(({ to }) => to !== 'member');
    if (first === -1)
      this.problems.add(
        [...at, 'records'],
        `elements of a list are ${child.records}/*, members of a map ${child.records}/<name>`,
      );
    else if (path.steps.slice(first).some(({ to }) => to === 'member'))
      this.problems.add(
        [...at, 'records'],
        'what lies below elements belongs to a child of theirs: write it under `children:` of the child',
      );
    return path;
  }

  paths(records: string | readonly string[], at: Place): readonly RecordPath[] {
    return [records].flat().flatMap((text) => {
      const path = readPath(text);
      if (path instanceof Misspelt) this.problems.add(at, path.problem);
      return path instanceof Misspelt ? [] : [path];
    });
  }

  patterns(files: string | readonly string[] | undefined, at: Place): readonly FilePattern[] {
    return [files ?? []].flat().flatMap((text) => {
      const pattern = compileFilePattern(text);
      if (pattern instanceof Misspelt) this.problems.add(at, pattern.problem);
      return pattern instanceof Misspelt ? [] : [pattern];
    });
  }

  condition(condition: Condition, at: Place): void {
    for (const problem of conditionProblems(condition)) this.problems.add(at, problem);
  }
}
