import { measure } from './measure.js';
import { pairedDifferences, pairedRatios } from './statistics.js';

/** Runs all commands of one work in turn (ours, reference, peers, ours, reference, …) and returns what was measured. */
export async function runWork(item, { runs, peerRuns, temporary, postgres, say }) {
  const states = item.contenders.map((contender, index) => ({
    contender,
    wanted: index < 2 ? runs : (contender.runs ?? peerRuns),
    runs: [],
  }));
  for (let round = 0; round < runs; round += 1) {
    for (const state of states) {
      if (state.failed !== undefined || round >= state.wanted) continue;
      say(`${item.id}: ${state.contender.name}, run ${round + 1} of ${state.wanted}`);
      await runOnce(state, round, { temporary, postgres });
    }
  }
  return rowsOf(item, states);
}

async function runOnce(state, round, { temporary, postgres }) {
  const { prepare, prepareOnce, command, check } = state.contender;
  try {
    if (round === 0 && prepareOnce !== undefined) await measure(await prepareOnce(), temporary);
    await prepare?.();
    const before = postgres.cpu();
    const measured = await measure(command, temporary);
    const after = postgres.cpu();
    const serverCpu = before === undefined || after === undefined ? undefined : after - before;
    await requireRows(check);
    state.runs.push({ ...measured, serverCpu });
  } catch (error) {
    state.failed = error.message;
  }
}

/** A command that loads less than it should is not fast, it is wrong. */
async function requireRows(check) {
  if (check === undefined) return;
  const actual = await check.actual();
  if (actual !== check.expected) throw new Error(`there are ${actual} rows, not ${check.expected}`);
}

function rowsOf(item, states) {
  const [, reference] = states;
  return states.map(({ contender, runs, failed }, index) => {
    const amount = { rows: contender.rows ?? item.rows, bytes: contender.bytes ?? item.bytes };
    const row = { id: item.id, title: item.title, name: contender.name, role: ROLES[index] ?? 'peer', ...amount, runs };
    if (failed !== undefined) return { ...row, failed };
    if (index === 1 || reference === undefined || reference.runs.length === 0) return row;
    const referenceRows = reference.contender.rows ?? item.rows;
    const perUnit = amount.rows === undefined ? 1 : referenceRows / amount.rows;
    const ratios = pairedRatios(runs, reference.runs, perUnit);
    if (index > 0) return { ...row, ratios };
    const added = item.goal?.addedSeconds === undefined ? {} : { added: pairedDifferences(runs, reference.runs) };
    return { ...row, ratios, goal: item.goal, isLoad: contender.isLoad, ...added };
  });
}

const ROLES = ['ours', 'reference'];
