'use strict';
// Objects made at a steady pace, of which each outlives 100,000 others: they reach the old generation and die there.

const LIVE = 100_000;

module.exports = {
  about: 'objects that are made, kept for a while and dropped',
  unit: 'objects every 1 ms',
  payload: [1, 2000, 100_000_000],
  start({ payload, random }) {
    const kept = new Array(LIVE).fill(null);
    let made = 0;
    const timer = setInterval(() => {
      for (let i = 0; i < payload; i++) {
        kept[Math.floor(LIVE * random())] = { number: made++, list: [i, i + 1, i + 2], text: `object ${made}` };
      }
    }, 1);
    return { operations: () => made, stop() { clearInterval(timer); } };
  },
};
