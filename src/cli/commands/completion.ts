import type { Command } from 'commander';
import { builtInRegistry } from '../../recipes/registry.ts';
import type { Action } from '../action.ts';
import { bashCompletion } from '../completion/bash.ts';
import { type CompletedCommand, completedCommands } from '../completion/completed-commands.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { writeResult } from '../terminal.ts';

const SCRIPTS: Record<string, (commands: readonly CompletedCommand[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The script by which a shell completes the commands of this program. */
export function completion(program: Command): Action {
  return async ([shell]) => {
    const script = SCRIPTS[shell ?? ''];
    if (script) await writeResult([script(completedCommands(program, builtInRegistry()))]);
    return 0;
  };
}
