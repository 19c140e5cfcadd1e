// Prints "N passed, N failed" from the results that vitest wrote in CI; failed steps are counted as failures.
// Usage: node scripts/count-tests.js RESULTS.json FAILED_STEPS
import { readFileSync } from 'node:fs';

const [resultsFile, failedSteps] = process.argv.slice(2);

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Files that could not even be loaded hold no failed test, yet they failed. */
function failuresIn(results) {
  const unloadable = results.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = results.numFailedTests + unloadable.length;
  return failed === 0 && !results.success ? 1 : failed;
}

const results = readResults();
const passed = results?.numPassedTests ?? 0;
const failed = (results === undefined ? 1 : failuresIn(results)) + Number(failedSteps ?? 0);
const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);

if (results === undefined) console.log('The tests left no results.');
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
