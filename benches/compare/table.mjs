// Statistics of a report, as text and as a Markdown table.
//
// A report is { runtimes: { name: version }, scenarios: { id: { title, unit, higher?, samples: { name: [number, ...] } } } }.

function quantile(sorted, q) {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}

// Median, quartiles and extremes of some samples; undefined where there are none.
export function summary(samples) {
  if (samples === undefined || samples.length === 0) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), min: sorted[0], max: sorted.at(-1) };
}

const isBetter = (scenario, a, b) => (scenario.higher ? a > b : a < b);

// The best peer of a scenario and Weft's figure as a multiple of its, and of `against`'s where the goal names one.
export function compare(scenario) {
  const figures = Object.fromEntries(Object.entries(scenario.samples).map(([name, samples]) => [name, summary(samples)]).filter(([, s]) => s));
  const own = figures.weft?.median;
  let best;
  for (const [name, { median }] of Object.entries(figures)) {
    if (name !== 'weft' && (best === undefined || isBetter(scenario, median, figures[best].median))) best = name;
  }
  const ratioTo = (name) => (own === undefined || figures[name] === undefined ? undefined : own / figures[name].median);
  const against = scenario.against ?? best;
  let met;
  const judged = scenario.absolute ? own : ratioTo(against);
  if (scenario.goal !== undefined && judged !== undefined) met = scenario.higher ? judged >= scenario.goal : judged <= scenario.goal;
  return { figures, best, ratio: ratioTo(best), nodeRatio: ratioTo('node'), met };
}

export function number(value) {
  if (value === undefined) return '';
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 1 ? 2 : 3);
}

export function asText(scenario, failed) {
  const { figures, best } = compare(scenario);
  const lines = [];
  for (const [name, { median, low, high, min, max }] of Object.entries(figures)) {
    const ratio = name === 'weft' || figures.weft === undefined ? '' : `  weft is at ${(figures.weft.median / median).toFixed(2)} of it${name === best ? ' (best peer)' : ''}`;
    lines.push(`  ${name.padEnd(5)} ${number(median).padStart(8)}  quartiles ${number(low)} to ${number(high)}, all ${number(min)} to ${number(max)}${ratio}`);
  }
  for (const [name, why] of failed) lines.push(`  ${name.padEnd(5)} failed: ${why}`);
  return lines.join('\n');
}

function goalText({ goal, against, absolute, higher, unit }) {
  if (goal === undefined) return '';
  const sign = higher ? '>=' : '<=';
  return absolute ? `${sign} ${goal} ${unit}` : `${sign} ${goal.toFixed(2)}${against === undefined ? '' : ` of ${against}`}`;
}

// One table for each group that has anything in it.
export function asMarkdown(report, groups) {
  const names = Object.keys(report.runtimes);
  const peers = names.filter((name) => name !== 'weft');
  const lines = [];
  for (const [group, scenarios] of Object.entries(groups)) {
    const present = scenarios.filter(({ id }) => report.scenarios[id] !== undefined);
    if (present.length === 0) continue;
    lines.push(`### ${group}`, '', `| scenario | ${names.map((name) => `${name} ${report.runtimes[name]}`).join(' | ')} | of the best peer | goal |`,
      `| --- |${' --- |'.repeat(names.length + 2)}`);
    for (const scenario of present) {
      const recorded = { ...scenario, samples: report.scenarios[scenario.id].samples };
      const { figures, best, ratio, met } = compare(recorded);
      const cells = ['weft', ...peers].map((name) => {
        const figure = figures[name];
        if (figure === undefined) return '';
        const spread = Math.round(100 * (figure.high - figure.low) / 2 / figure.median);
        return `${number(figure.median)} ${scenario.unit} ±${spread} %`;
      });
      const judged = met === undefined ? '' : met ? ', met' : ', not met';
      lines.push(`| ${scenario.title} | ${cells.join(' | ')} | ${ratio === undefined ? '' : `${ratio.toFixed(2)} (${best})`} | ${goalText(scenario)}${judged} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
