import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Debian's name, and those that others use. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function chromiumPath(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const places = PATH.split(delimiter).flatMap((directory) => NAMES.map((name) => join(directory, name)));
  return places.find((place) => existsSync(place));
}

/** Why the page cannot be opened here; CI must have a browser, so that it fails there. */
export const NO_BROWSER =
  chromiumPath() === undefined && !process.env['CI'] ? 'no Chromium on PATH and none in CHROMIUM' : undefined;

export async function startBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('Chromium is missing: install it, or name it in CHROMIUM');
  // Containers that run as root have no sandbox; the page is our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
