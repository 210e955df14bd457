'use strict';
// --baseline: whether the 99th percentile of a scenario became worse than a bound since an earlier run.

const fs = require('fs');
const { SCHEMA, SCHEMA_VERSION } = require('internal/bench/output');
const { p99Difference } = require('internal/bench/statistics');
const { BenchUsageError } = require('internal/bench/options');

// The scenarios of a result that was written with --json.
function readBaseline(file) {
  let found;
  try {
    found = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BenchUsageError(`--baseline: ${error.message}`);
  }
  if (found?.schema !== SCHEMA || found.schemaVersion !== SCHEMA_VERSION) {
    throw new BenchUsageError(`--baseline: ${file} is no result of weft bench loop with schema version ${SCHEMA_VERSION}`);
  }
  return found;
}

const windowsOf = ({ runs }) => runs.flatMap((run) => run.windows).filter((window) => window.length > 0);

// For each scenario that both have and that had the same load: the difference of p99 in ns, its interval, and whether
// that interval lies beyond `bound` of the earlier value as a whole.
function compare(baseline, results, options) {
  const comparisons = [];
  const sameRate = baseline.options.rate === options.rate && baseline.options.threads === options.threads;
  for (const result of results) {
    const old = baseline.results.find(({ scenario, payload, runtime }) => {
      return scenario === result.scenario && payload === result.payload && runtime === undefined;
    });
    if (old === undefined || !sameRate) continue;
    const [before, now] = [windowsOf(old), windowsOf(result)];
    if (before.length === 0 || now.length === 0) continue;
    const found = p99Difference(before, now, options.seed);
    comparisons.push({ scenario: result.scenario, ...found, regressed: found.low > options.bound * found.before });
  }
  return comparisons;
}

function comparisonText(comparisons, bound) {
  const ms = (ns) => (ns / 1e6).toFixed(2);
  let text = `\np99 against the baseline, ms; bound ${100 * bound}%\n`;
  if (comparisons.length === 0) text += '  no scenario is in both with the same load, rate and threads\n';
  for (const { scenario, before, difference, low, high, regressed } of comparisons) {
    text += `  ${scenario}: ${ms(before)} ${difference < 0 ? '-' : '+'} ${ms(Math.abs(difference))}` +
      ` (95 % interval ${ms(low)} to ${ms(high)})${regressed ? ': worse' : ''}\n`;
  }
  return text;
}

module.exports = { compare, comparisonText, readBaseline };
