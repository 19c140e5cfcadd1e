import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import type { Place, PlacedProblem, Problem } from '../declarations/problem.ts';
import type { DeclarationOrigin, GivenDeclarations } from '../recipes/declare.ts';
import { similarName } from '../system/similar-name.ts';
import { type ConfigFile, isMap, type ReadConfig, readConfig, reasonToDistrust } from './config-file.ts';

/** What a config says of data, with that of the files that it names. */
export interface DeclaredFiles extends DeclarationOrigin {
  readonly given: GivenDeclarations;
}

type Placed = Pick<DeclarationOrigin, 'placeOf'>;

const KEYS = ['datasets', 'tables'] as const;

const ENDINGS = /\.(?:ya?ml|json|ts|js|mjs)$/;

/** The declarations of a config, where `datasets` may name files: globs from the folder of the config. */
export async function declarationsOf(config: ConfigFile): Promise<DeclaredFiles> {
  const { datasets, tables } = config.values;
  const globs = globsIn(datasets);
  if (globs === undefined) return { ...config, given: { datasets, tables } };
  const gathered = new Gathered(config);
  gathered.take('tables', tables, config);
  for (const [index, pattern] of globs.entries()) {
    const at = typeof datasets === 'string' ? ['datasets'] : ['datasets', index];
    const { paths, problem } = await filesOf(pattern, config);
    if (problem !== undefined) gathered.lack({ at, message: problem, place: config.placeOf(at) });
    for (const path of paths) await gathered.read(path);
  }
  return gathered;
}

function globsIn(datasets: unknown): readonly string[] | undefined {
  if (typeof datasets === 'string') return [datasets];
  const isList = Array.isArray(datasets) && datasets.length > 0 && datasets.every((each) => typeof each === 'string');
  return isList ? datasets : undefined;
}

/** Files that a glob names, in the order of their bytes. */
async function filesOf(
  pattern: string,
  { path }: ConfigFile,
): Promise<{ readonly paths: readonly string[]; readonly problem?: string }> {
  if (isAbsolute(pattern) || /^[A-Za-z]:|\\/.test(pattern) || pattern.split('/').includes('..'))
    return {
      paths: [],
      problem: 'files of datasets lie in the folder of the config file or below: write ./datasets/*.yaml',
    };
  const folder = dirname(path);
  // Most runs need no patterns.
  const { default: glob } = await import('fast-glob');
  const found = await glob(normalize(pattern).replace(/^\.\//, ''), {
    cwd: folder,
    onlyFiles: false,
    followSymbolicLinks: false,
  });
  const paths = found
    .map((name) => join(folder, name))
    .filter((name) => name !== normalize(path) && ENDINGS.test(name))
    .toSorted();
  return paths.length > 0 ? { paths } : { paths, problem: 'no file has such a name (.yaml, .json, .ts or .js)' };
}

/** What several files declare: each dataset and each table in one of them. */
class Gathered implements DeclaredFiles {
  readonly problems: PlacedProblem[];
  isWhole = true;
  private readonly config: ConfigFile;
  private readonly all = { datasets: Object.create(null), tables: Object.create(null) };
  private readonly origins = new Map<string, Placed>();
  private readonly seen = new Set<string>();

  constructor(config: ConfigFile) {
    this.config = config;
    this.problems = [...config.problems];
  }

  get given(): GivenDeclarations {
    return this.all;
  }

  placeOf(at: Problem['at']): Place {
    const origin = this.origins.get(at.slice(0, 2).join('\0')) ?? this.config;
    return origin.placeOf(at);
  }

  /** What is wrong leaves something out. */
  lack(problem: PlacedProblem): void {
    this.problems.push(problem);
    this.isWhole = false;
  }

  async read(path: string): Promise<void> {
    if (this.seen.has(path)) return;
    this.seen.add(path);
    const problem = this.distrust(path);
    const file = problem === undefined ? await readConfig(path) : undefined;
    if (problem !== undefined) this.lack({ at: [], message: problem, place: { file: path } });
    if (file === undefined) return;
    this.problems.push(...file.problems);
    if (file.value === undefined) this.isWhole = false;
    else this.takeAll(file);
  }

  /** A link may lead out of the folder, and code comes only from its owner. */
  private distrust(path: string): string | undefined {
    const reason = reasonToDistrust(path);
    if (reason !== undefined && (this.config.wasFound || !/everybody|another user/.test(reason)))
      return `this file ${reason}`;
    const below = relative(realpathSync(dirname(this.config.path)), realpathSync(path));
    return below.startsWith('..') || below.startsWith(sep)
      ? 'this file is a link out of the folder of the config file'
      : undefined;
  }

  private takeAll(file: ReadConfig): void {
    if (!isMap(file.value)) {
      this.lack({
        at: [],
        message: 'write `datasets:`, and below it each dataset by its name',
        place: file.placeOf([]),
      });
      return;
    }
    for (const key of Object.keys(file.value)) {
      if (key === 'datasets' || key === 'tables') this.take(key, file.value[key], file);
      else if (key !== '$schema') {
        const meant = similarName(key, KEYS);
        const message = `a file of datasets has no ${key}${meant ? `; did you mean ${meant}?` : ': write it in the config file'}`;
        this.lack({ at: [key], message, place: file.placeOf([key]) });
      }
    }
  }

  take(key: (typeof KEYS)[number], declared: unknown, file: Placed): void {
    if (declared === undefined) return;
    if (!isMap(declared)) {
      this.lack({
        at: [key],
        message: 'write a map here: names, and what each of them is',
        place: file.placeOf([key]),
      });
      return;
    }
    for (const [name, each] of Object.entries(declared)) {
      const at = [key, name];
      const before = this.origins.get(at.join('\0'));
      if (before === undefined) {
        this.origins.set(at.join('\0'), file);
        this.all[key][name] = each;
      } else {
        const { file: path, line } = before.placeOf(at);
        const message = `${path}${line === undefined ? '' : `:${line}`} declares it, too: take one of them out`;
        this.problems.push({ at, message, place: file.placeOf(at) });
      }
    }
  }
}
