// The steps of a Containerfile in directories, where there is no engine that could build an image: what it copies and runs is
// copied and run, each stage below a directory of its own. Base images stand for the Node that runs this.
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './commands.js';
import { must } from './installed.js';

/** Instructions that matter to whoever starts the image. */
const SETTINGS = ['USER', 'ENTRYPOINT', 'CMD', 'HEALTHCHECK'];

function instructions(path) {
  const lines = readFileSync(path, 'utf8').replaceAll(/\\\n/g, ' ').split('\n');
  return lines.filter((line) => /^[A-Z]+ /.test(line)).map((line) => /^([A-Z]+) +(.*)$/.exec(line).slice(1));
}

/** Returns the directory of the last stage and what is set for it. */
export function buildInDirectories(path, scratch, env) {
  const stages = new Map();
  let stage;
  const steps = {
    FROM(text) {
      const name = / AS (\w+)$/.exec(text)?.[1] ?? 'last';
      stage = { directory: join(scratch, name), place: '/', env: {}, settings: {} };
      stages.set(name, stage);
    },
    WORKDIR(text) {
      stage.place = text;
      mkdirSync(join(stage.directory, text), { recursive: true });
    },
    ENV(text) {
      const [name, value] = text.split('=');
      stage.env[name] = value;
    },
    COPY(text) {
      const [, from, paths] = /^(?:--from=(\w+) )?(.*)$/.exec(text);
      const sources = paths.split(' ');
      const target = join(stage.directory, stage.place, sources.pop());
      const origin = from ? stages.get(from).directory : root;
      for (const source of sources) copy(join(origin, source), target);
    },
    RUN(text) {
      must('sh', ['-c', text], { cwd: join(stage.directory, stage.place), env: { ...env, ...stage.env } });
    },
  };
  for (const [name, text] of instructions(path)) {
    if (SETTINGS.includes(name)) stage.settings[name] = text;
    else if (name in steps) steps[name](text);
    else throw new Error(`${basename(path)}: ${name} is not known here`);
  }
  return stage;
}

/** As COPY does: of a directory its content, a file under its name. */
function copy(source, target) {
  const isDirectory = statSync(source).isDirectory();
  cpSync(source, isDirectory ? target : join(target, basename(source)), { recursive: true });
}
