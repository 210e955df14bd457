'use strict';
// Where this isolate belongs: the number of a pool's isolate and of its seat. Elsewhere the isolate is 0.
// js/bootstrap/pool.js fills it in.

module.exports = { place: { isolate: 0, seat: -1 } };
