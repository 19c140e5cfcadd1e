import { type Check, type Finding, ok, problem, warning } from '../databases/inspection.ts';
import { openInspection, openSchemaChanges } from '../databases/open.ts';
import type { Target } from '../databases/target.ts';
import { EXIT, type ExitCode, MigrateError } from '../errors.ts';
import { realRoot } from '../files/real-root.ts';
import { wordsOfPartitions } from '../schema/comparison/partitions.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/comparison/plan.ts';
import type { Table } from '../schema/table.ts';
import { refuseDefaultsInside, refuseExistingOutputs } from '../settings/refuse-outputs.ts';
import type { RunSettings } from '../settings/settings.ts';
import { databaseFiles, parseTarget, type TargetOptions } from '../settings/target.ts';
import { diskSpaceChecks } from './disk-space.ts';
import { HERE } from './here.ts';
import { lookAtSources, type Sources, sourceChecks } from './sources.ts';

export interface CheckResult extends Finding {
  readonly name: string;
  /** What a run ends with because of a problem, where it is known. */
  readonly exitCode?: ExitCode;
}

export interface Diagnosis {
  readonly checks: readonly CheckResult[];
  readonly exitCode: number;
}

/** Every check that can be made before a run with these settings. Changes nothing, and ends with the exit code of the worst. */
export async function diagnose(
  settings: RunSettings & { readonly to: string },
  environment: TargetOptions['environment'] & object,
): Promise<Diagnosis> {
  const target = parseTarget(settings.to, { ...settings, environment });
  const root = await lookAtRoot(settings, target);
  const checks: CheckResult[] = [...(await all(HERE)), ...root.checks];
  try {
    const began = performance.now();
    // All tables where the root cannot be read.
    const needed = async () =>
      root.sources ? settings.registry.neededTables(root.sources.needed) : settings.registry.tables.list;
    const inspection = await openInspection(target, { ...settings, declared: settings.registry.tables, needed });
    const time = Math.round(performance.now() - began);
    checks.push({ name: 'target', ...ok(`${target.label}: ${inspection.label}, open after ${time} ms`) });
    checks.push(...(await all(inspection.checks)));
    await inspection.close();
    checks.push(...(await all([{ name: 'schema', look: () => lookAtSchema(settings, target, needed) }])));
  } catch (error) {
    checks.push({ name: 'target', ...asFinding(error) });
  }
  const codes = checks.filter(({ status }) => status === 'problem').map(({ exitCode }) => exitCode ?? EXIT.refused);
  return { checks, exitCode: WORST.find((code) => codes.includes(code)) ?? codes[0] ?? EXIT.complete };
}

/** What a run would end with where several hold: nothing is done that was called wrongly. */
const WORST: readonly ExitCode[] = [EXIT.usage, EXIT.unavailable, EXIT.refused];

async function all(checks: readonly Check<void>[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name, look } of checks) {
    const found = (async () => look())();
    results.push({ name, ...(await found.catch(asFinding)) });
  }
  return results;
}

/** What ends a run, as a check would say it. */
function asFinding(error: unknown): Omit<CheckResult, 'name'> {
  if (error instanceof MigrateError) return { ...problem(error.message, error.hint), exitCode: error.exitCode };
  throw error;
}

async function lookAtRoot(
  settings: RunSettings,
  target: Target,
): Promise<{ readonly checks: readonly CheckResult[]; readonly sources?: Sources }> {
  const outputs = { name: 'outputs', look: () => lookAtOutputs(settings) };
  try {
    const root = realRoot(settings.root);
    const sources = await lookAtSources(root, settings, databaseFiles(target));
    const checks = await all([...sourceChecks(sources), outputs, ...diskSpaceChecks(settings, target, sources)]);
    return { checks, sources };
  } catch (error) {
    return { checks: [{ name: 'sources', ...asFinding(error) }] };
  }
}

function lookAtOutputs(settings: RunSettings): Finding {
  refuseExistingOutputs(settings);
  refuseDefaultsInside(settings, realRoot(settings.root));
  return ok('nothing is in the way of what a run would write');
}

async function lookAtSchema(
  settings: RunSettings,
  target: Target,
  needed: () => Promise<readonly Table[]>,
): Promise<Finding> {
  const changes = await openSchemaChanges(target, {
    ...settings,
    declared: settings.registry.tables,
    dryRun: true,
    readOnly: true,
    mustExist: false,
  });
  try {
    const shape = await changes.examine();
    const isOpen = obstaclesToLoad(shape).length > 0;
    const obstacles = isOpen ? obstaclesToLoad(shape, await needed()) : [];
    const arePartitioned = wordsOfPartitions(shape, shape.declared.list).length > 0;
    const [words] = arePartitioned ? wordsOfPartitions(shape, await needed()) : [];
    if (obstacles.length === 0 && words !== undefined)
      return warning(words, 'Create the partitions that the data needs before the run.');
    if (obstacles.length === 0)
      return ok(
        shape.tables.size === 0
          ? 'no table yet: a run creates what it needs'
          : 'a run can load into the tables that are there',
      );
    const hint = 'Run `migrate-json schema check` to see them and what removes each.';
    return problem(`a run cannot load into these tables: ${describeObstacles(obstacles)}`, hint);
  } finally {
    await changes.close();
  }
}
