import { FINDING, MAPPING, type OptionSpec, READING } from './option-spec.ts';

/** How much a command takes. */
export const LIMIT_OPTIONS = {
  workers: {
    kind: 'integer',
    value: 'N',
    default: 2,
    commands: READING,
    help: 'threads that check records; never changes a result',
  },
  connections: {
    kind: 'integer',
    value: 'N',
    commands: ['run', 'retry'],
    help: 'PostgreSQL: batches of different files that load at the same time; by the processors when not given; never changes a result',
  },
  batchBytes: {
    kind: 'integer',
    value: 'N',
    default: 8 * 1024 * 1024,
    commands: ['run'],
    help: 'source bytes per transaction; 8 MiB when not given',
  },
  maxRecordBytes: {
    kind: 'integer',
    value: 'N',
    default: 16 * 1024 * 1024,
    commands: [...MAPPING, 'init'],
    help: 'largest record',
  },
  tempDir: {
    kind: 'text',
    value: 'DIR',
    commands: [...FINDING, 'report', 'restore', 'doctor', 'snapshot create'],
    help: "for what does not fit into memory (default: the system's)",
  },
} as const satisfies Record<string, OptionSpec>;
