import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanEnvironment } from './cli.ts';

/** Why the tests on a terminal are left out here: tmux is missing. In CI that fails. */
export const HAS_TERMINAL = spawnSync('tmux', ['-V']).status === 0 || process.env['CI'] !== undefined;

/** A real terminal of 80 × 24 by tmux, with a program in it. */
export class TerminalSession {
  private readonly socket = `migrate-json-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  /** `command` is a line of sh; the terminal stays open when it has ended. */
  constructor(command: string, cwd: string, env: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries(env).map(([name, value]) => `export ${name}='${value}'; `);
    const line = `${variables.join('')}${command}; echo "ended with $?"; sleep 60`;
    this.tmux('-f', '/dev/null', '-u', 'new-session', '-d', '-x', '80', '-y', '24', '-c', cwd, 'sh', '-c', line);
  }

  /** What the screen shows, with the lines that scrolled away. */
  screen(): string {
    return this.tmux('capture-pane', '-p', '-S', '-500').trimEnd();
  }

  /** With the sequences that colour it. */
  colouredScreen(): string {
    return this.tmux('capture-pane', '-p', '-e', '-S', '-500').trimEnd();
  }

  /** The screen, as soon as it shows this. */
  async until(text: RegExp, seconds = 10): Promise<string> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(50)) {
      const screen = this.screen();
      if (text.test(screen)) return screen;
    }
    throw new Error(`the terminal never showed ${text}, but:\n${this.screen()}`);
  }

  /** Keys as tmux names them: `y`, `Enter`, `C-c`, `Tab`. */
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  close(): void {
    this.tmux('kill-server');
  }

  private tmux(...args: readonly string[]): string {
    const env = { ...cleanEnvironment('/nonexistent'), TERM: 'xterm-256color' };
    const { error, status, stdout, stderr } = spawnSync('tmux', ['-L', this.socket, ...args], {
      encoding: 'utf8',
      env,
    });
    if (error) throw error;
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}
