import { expect, test } from 'vitest';
import { declarationProblems } from '../../src/declarations/checks/all.ts';
import { APPLICATION_DECLARATIONS, applicationDatasets, FORMER_VERSIONS } from '../../src/recipes/applications.ts';

const names = Object.keys(APPLICATION_DECLARATIONS.datasets);

test.each(names)('files that were loaded before %s was declared stay loaded', (name) => {
  expect(applicationDatasets().get(name).mappingVersion).toBe(FORMER_VERSIONS[name]?.version);
});

test('what the applications declare has no problem but for tables that are not declared yet', () => {
  const { tables } = applicationDatasets();
  const problems = declarationProblems(APPLICATION_DECLARATIONS, tables.list);
  expect(problems).toEqual([]);
});
