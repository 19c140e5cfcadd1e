// The command line of `npm run bench`.
import { parseArgs } from 'node:util';

/** How much is generated. A `large` run is for the memory figure: a 2 GB array and 200,000 files. */
const SCALES = {
  quick: { metrics: 50_000, files: 2_000, users: 40, runs: 5, peerRuns: 1 },
  full: { metrics: 1_000_000, files: 20_000, users: 200, runs: 5, peerRuns: 5 },
  large: { metrics: 8_000_000, files: 200_000, users: 1_000, runs: 5, peerRuns: 1 },
};

/** Fewer runs give no interval worth comparing. */
const LEAST_RUNS = 5;

export const USAGE = `Usage: npm run bench -- [options]

  --quick            a twentieth of the data, peers once: about two minutes
  --large            eight times the metrics, ten times the files
  --only <TEXT>      only the work whose id contains this
  --runs <N>         runs of each command, at least ${LEAST_RUNS} (default: ${SCALES.full.runs})
  --no-peers         only migrate-json and its references
  --json             print the result as JSON
  --save <FILE>      also write the result as JSON here
  --compare <FILE>   compare with a result that was saved
  --keep             leave the generated data in the temporary directory, for other runs with --keep
  --help             print this help
`;

export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      runs: { type: 'string' },
      peers: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      save: { type: 'string' },
      compare: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  if (values.quick && values.large) throw new Error('--quick and --large exclude each other');
  const scale = scaleOf(values);
  const size = SCALES[scale];
  const runs = values.runs === undefined ? size.runs : Number(values.runs);
  if (!Number.isInteger(runs) || runs < LEAST_RUNS) throw new Error(`--runs must be a whole number from ${LEAST_RUNS}`);
  const peerRuns = values.runs === undefined ? size.peerRuns : runs;
  return Object.freeze({ ...values, scale, size, runs, peerRuns });
}

function scaleOf({ quick, large }) {
  if (quick) return 'quick';
  return large ? 'large' : 'full';
}
