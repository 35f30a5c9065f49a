// One plain line about the last test run, read from the JSON report vitest writes when CI is set.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(new URL('../.tmp/tests.json', import.meta.url), 'utf8'));
const passed = report.numPassedTests;
/** A file that does not load has no tests to count, and must not read as "0 failed". */
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
/** An error outside any test fails the run without failing a test. */
const failed = Math.max(report.numFailedTests + brokenFiles, report.success ? 0 : 1);
const skipped = report.numPendingTests + report.numTodoTests;

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
