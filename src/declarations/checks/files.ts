import { isAbsolute } from 'node:path';
import { canonicalJson } from '../../json/canonical.ts';
import type { JsonValue } from '../../json/value.ts';
import { isShipped, moduleNames } from '../functions.ts';
import type { DatasetDeclaration } from '../language.ts';
import type { Problems } from '../problem.ts';
import type { Declared } from './declared.ts';

/** Which files datasets take, and where their functions are. */
export function checkFiles({ datasets }: Declared, problems: Problems): void {
  const known = new Map<string, string>();
  for (const [name, dataset] of Object.entries(datasets)) {
    const at = ['datasets', name];
    if (!/^[^\s,][^,\p{Cc}]*$/u.test(name))
      problems.add(at, 'the name of a dataset has no comma, and begins with no blank');
    if (dataset.exclude !== undefined && dataset.files === undefined)
      problems.add([...at, 'exclude'], 'files are left out of those of `files:`: write it, too');
    const taken = takenBy(dataset);
    const other = known.get(taken);
    if (other === undefined) known.set(taken, name);
    else
      problems.add(
        dataset.files === undefined ? at : [...at, 'files'],
        `the dataset ${other} takes the same records: tell them apart by \`when:\`, or make one of both`,
      );
    for (const { at: place, path } of moduleNames(dataset, at)) {
      if (isShipped(path)) continue;
      if (isAbsolute(path) || /^[A-Za-z]:/.test(path) || path.split(/[\\/]/).includes('..'))
        problems.add(place, 'functions lie in the folder of the config file or below: write ./name.ts');
      else if (!/\.(?:ts|mts|js|mjs)$/.test(path))
        problems.add(place, 'functions lie in a .ts or .js file: write ./name.ts#function');
    }
  }
}

function takenBy({ files = [], exclude = [], records, when, recognise }: DatasetDeclaration): string {
  const parts = {
    files: [files].flat().toSorted(),
    exclude: [exclude].flat().toSorted(),
    records: [records ?? []].flat(),
    when,
    recognise,
  };
  return canonicalJson(JSON.parse(JSON.stringify(parts)) as JsonValue);
}
