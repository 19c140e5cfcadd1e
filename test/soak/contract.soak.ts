import { describe, test } from 'vitest';
import { builtInApplications, declaredApplications } from '../contract/application.ts';
import { holdContract } from '../contract/contract.ts';
import { holdKills } from '../contract/kills.ts';
import { PRODUCTS } from '../setup/targets.ts';

const KILLS = 20;

const builtIn = builtInApplications();
const declared = declaredApplications().filter(({ data }) => data !== undefined);

describe.each(builtIn)('the fixture $name', (application) => {
  test('comes and goes as every declaration promises', () => holdContract(application));
});

describe.each(PRODUCTS)('%s', (product) => {
  test.each([...declared, ...firstOfEach()])(`$name, killed ${KILLS} times, ends like a clean run`, (application) =>
    holdKills(application, product, KILLS),
  );
});

/** One fixture of each dataset, and of each way that files may be. */
function firstOfEach(): typeof builtIn {
  return builtIn.filter(({ name }, place) => {
    const [group] = name.split('/');
    return builtIn.findIndex((each) => each.name.startsWith(`${group}/`)) === place;
  });
}
