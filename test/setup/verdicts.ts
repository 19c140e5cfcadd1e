import { openSchemaChanges } from '../../src/databases/open.ts';
import { diagnose } from '../../src/doctor/doctor.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { describeObstacles, standsInTheWay } from '../../src/schema/comparison/plan.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { checkSchema } from '../../src/upgrade/check.ts';
import { load } from './load.ts';

/** What each of them says of a load into the tables: why not, or `loads`. */
export interface Verdicts {
  readonly check: string;
  readonly doctor: string;
  readonly dryRun: string;
  readonly run: string;
}

/** Asks everything that tells whether a run can load, then runs it. */
export async function verdicts(root: string, url: string): Promise<Verdicts> {
  return {
    check: await askCheck(root, url),
    doctor: await askDoctor(root, url),
    dryRun: await askRun(root, url, true),
    run: await askRun(root, url, false),
  };
}

async function askCheck(root: string, url: string): Promise<string> {
  const settings = runSettings({ root, to: url });
  const target = parseTarget(url, settings);
  const changes = await openSchemaChanges(target, {
    ...settings,
    declared: settings.registry.tables,
    dryRun: true,
    readOnly: true,
    mustExist: false,
  });
  try {
    const { ok, differences } = await checkSchema(changes);
    return ok ? 'loads' : said(describeObstacles(differences.filter(standsInTheWay)));
  } finally {
    await changes.close();
  }
}

async function askDoctor(root: string, url: string): Promise<string> {
  const { checks } = await diagnose({ ...runSettings({ root, to: url }), to: url }, {});
  const schema = checks.find(({ name }) => name === 'schema');
  return schema?.status === 'problem' ? said(schema.message) : 'loads';
}

async function askRun(root: string, url: string, dryRun: boolean): Promise<string> {
  const { exitCode, error } = await load(root, url, { dryRun });
  return exitCode === 0 ? 'loads' : `${exitCode}: ${said(error ?? 'rejects')}`;
}

const said = (message: string): string => message.replace('a run cannot load into these tables: ', '');
