import { expect, test } from 'vitest';
import { StageProgress } from '../../src/cli/stage-progress.ts';

const MB = 1_000_000;

function done(files: number, bytes: number, records = 0, rejected = 0) {
  return { files, bytes, records, rejected };
}

test('the time left is what the rest takes at the speed of the last seconds', () => {
  const stage = new StageProgress('load', { files: 10, bytes: 100 * MB }, 0);
  expect(stage.timeLeft(0)).toBe('');
  for (let second = 1; second <= 10; second++) stage.advance(done(1, second * MB, 1000 * second), second * 1000);
  expect([stage.percent, stage.timeLeft(10_000)]).toEqual([10, 'about 2 min left']);
  for (let second = 11; second <= 30; second++)
    stage.advance(done(2, (second - 10) * 4 * MB + 10 * MB, 0), second * 1000);
  expect([stage.percent, stage.timeLeft(30_000)]).toEqual([90, 'about 5 s left']);
});

test('the time left grows while nothing happens, and the speed falls', () => {
  const stage = new StageProgress('load', { files: 1, bytes: 100 * MB }, 0);
  stage.advance(done(0, 50 * MB, 10_000), 10_000);
  expect([stage.timeLeft(10_000), stage.counts(10_000)]).toEqual([
    'about 10 s left',
    '0 of 1 file, 10,000 records (1,000/s)',
  ]);
  expect([stage.timeLeft(40_000), stage.counts(40_000)]).toEqual([
    'about 40 s left',
    '0 of 1 file, 10,000 records (250/s)',
  ]);
});

test('a stage at its end is finishing, and never says 100 %', () => {
  const stage = new StageProgress('load', { files: 2, bytes: 10 }, 0);
  stage.advance(done(2, 10, 5, 3), 2000);
  expect([stage.percent, stage.timeLeft(2000)]).toEqual([99, 'finishing']);
  expect(stage.counts(2000)).toBe('2 of 2 files, 5 records (3/s), 3 rejected');
});

test('without bytes the files count; without either there is no end', () => {
  const archive = new StageProgress('archive', { files: 4, bytes: 0 }, 0);
  archive.advance(done(1, 5000), 2000);
  expect([archive.percent, archive.amount(), archive.timeLeft(2000)]).toEqual([25, '5.0 kB', 'about 10 s left']);
  const list = new StageProgress('list', { files: 0, bytes: 0 }, 0);
  list.advance(done(500, 3 * MB), 2000);
  expect([list.hasEnd, list.amount(), list.counts(2000), list.timeLeft(2000)]).toEqual([
    false,
    '3.0 MB',
    '500 files',
    '',
  ]);
});

test('rows count where there are neither files nor bytes', () => {
  const undo = new StageProgress('undo', { files: 0, bytes: 0, rows: 4000 }, 0);
  undo.advance(done(0, 0, 1000), 2000);
  expect([undo.hasEnd, undo.percent, undo.amount(), undo.counts(2000)]).toEqual([
    true,
    25,
    '',
    '1,000 of 4,000 rows (500/s)',
  ]);
});
