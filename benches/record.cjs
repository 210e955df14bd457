'use strict';
// What the record of turns costs in the tightest loop there is: `cargo run --release --features unrecorded -- benches/record.cjs`.
//
// One process goes through slices of immediates, with the record and without it by turns; which of a pair of slices comes
// first changes with each pair. So whatever the machine does besides meets both alike. The figure is the median over
// pairs of the difference; its interval comes from a bootstrap over pairs.

const PAIRS = Number(process.argv[2] ?? 2000);
const TURNS = 5000;
const WARM_UP = 20;

const times = [];
let left = TURNS;
let slice = 0;
let start;

// The record is off in the first slice of even pairs and in the second one of odd pairs.
const isOff = (number) => ((number >> 1) & 1) === (number & 1);

function begin() {
  if (isOff(slice)) process.env.WEFT_UNRECORDED = '1';
  else delete process.env.WEFT_UNRECORDED;
  left = TURNS;
  setImmediate(settle);
}

// The turn in which it was switched is nobody's.
function settle() {
  start = process.hrtime.bigint();
  setImmediate(turn);
}

function turn() {
  if (--left > 0) return setImmediate(turn);
  times.push(Number(process.hrtime.bigint() - start) / TURNS);
  if (++slice < 2 * (PAIRS + WARM_UP)) setImmediate(begin);
  else report();
}

const sorted = (list) => Float64Array.from(list).sort();
const quantile = (list, share) => list[Math.min(list.length - 1, Math.floor(share * list.length))];
const median = (list) => quantile(sorted(list), 0.5);

function report() {
  const pairs = [];
  for (let i = 2 * WARM_UP; i < times.length; i += 2) {
    const [first, second] = [times[i], times[i + 1]];
    pairs.push(isOff(i) ? { off: first, on: second } : { off: second, on: first });
  }
  const off = median(pairs.map((pair) => pair.off));
  const costs = pairs.map((pair) => pair.on - pair.off);
  const draws = sorted(Array.from({ length: 1000 }, () => {
    return median(costs.map(() => costs[Math.floor(Math.random() * costs.length)]));
  }));
  const share = (ns) => `${(100 * ns / off).toFixed(2)} %`;
  const cost = median(costs);
  console.log(`a turn without the record ${off.toFixed(1)} ns, with it ${median(pairs.map((pair) => pair.on)).toFixed(1)} ns`);
  console.log(`the record costs ${cost.toFixed(2)} ns, ${share(cost)} (95 %: ${share(quantile(draws, 0.025))} to ${share(quantile(draws, 0.975))})`);
}

begin();
