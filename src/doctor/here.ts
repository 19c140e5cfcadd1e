import { arch, platform, versions } from 'node:process';
import { type Check, type Finding, ok } from '../databases/inspection.ts';

/** What the program runs on. */
export const HERE: readonly Check<void>[] = [
  { name: 'node', look: () => ok(`Node ${versions.node} on ${platform} ${arch}`) },
  { name: 'locale', look: checkLocale },
];

function checkLocale(): Finding {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  return ok(`${locale}, ${timeZone}: results depend on neither`);
}
